import type { Kysely } from "kysely";
import { z } from "zod";
import { defineTables, tableEnd } from "@mailroom/mailroom";

interface WashRow {
  tenant: string;
  id: string;
  bay: string;
  car: string;
  cents: number;
}

/** What was washed, by whom and for how much. */
export const washes = defineTables<{ washes: WashRow }>()("washes", {
  migrations: {
    "2026-11-23-washes": {
      async up(db: Kysely<unknown>) {
        await db.schema.createTable("washes")
          .addColumn("tenant", "text", (column) => column.notNull())
          .addColumn("id", "text", (column) => column.notNull())
          .addColumn("bay", "text", (column) => column.notNull())
          .addColumn("car", "text", (column) => column.notNull())
          .addColumn("cents", "bigint", (column) => column.notNull())
          .addPrimaryKeyConstraint("washes_key", ["tenant", "id"])
          .modifyEnd(tableEnd(db, "without rowid")).execute();
      },
    },
  },
  writes: ({ write }) => ({
    book: write<{ id: string; bay: string; car: string; cents: number }>((db, { tenant, id, bay, car, cents }) =>
      db.insertInto("washes").values({ tenant, id, bay, car, cents })
    ),
  }),
  queries: ({ query }) => ({
    ofBay: query(
      z.object({ bay: z.string() }),
      (db, { tenant, bay }) =>
        db.selectFrom("washes").select(["car", "cents"]).where("tenant", "=", tenant).where("bay", "=", bay)
          .orderBy("car").execute(),
    ),
  }),
});
