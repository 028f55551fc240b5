import { type Kysely, sql } from "kysely";
import { z } from "zod";
import { defineTables, tableEnd } from "../../../runtime/authoring.ts";

interface LedgerRow {
  tenant: string;
  id: string;
  /** At least 0, which the database checks. */
  amount: number;
}

/** Own tables of the kinds that the system's tests run. */
export const ledger = defineTables<{ ledger: LedgerRow }>()("ledger", {
  migrations: {
    "2026-11-22-ledger": {
      async up(db: Kysely<unknown>) {
        await db.schema.createTable("ledger")
          .addColumn("tenant", "text", (column) => column.notNull())
          .addColumn("id", "text", (column) => column.notNull())
          .addColumn("amount", "integer", (column) => column.notNull().check(sql`amount >= 0`))
          .addPrimaryKeyConstraint("ledger_key", ["tenant", "id"])
          .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
      },
    },
  },
  writes: ({ write }) => ({
    book: write<{ id: string; amount: number }>((db, { tenant, id, amount }) =>
      db.insertInto("ledger").values({ tenant, id, amount })
    ),
  }),
  queries: ({ query }) => ({
    all: query(
      z.object({}),
      (db, { tenant }) =>
        db.selectFrom("ledger").select(["id", "amount"]).where("tenant", "=", tenant).orderBy("id").execute(),
    ),
  }),
});
