import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { defineTables, tableEnd } from "../authoring.ts";
import { type TextColumns, textRows } from "../storing/text_rows.ts";
import { customerQueries } from "./queries.ts";
import type { CustomerDatabase, CustomerRow } from "./rows.ts";

const createCustomers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("customers")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("email", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("customers_key", ["tenant", "id"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
  },
};

const COLUMNS: TextColumns = [["id", "text"], ["name", "text"], ["email", "text"]];
const NAMES = ["tenant", "id", "name", "email", "createdAt", "updatedAt"] as const;

type NewCustomer = Pick<CustomerRow, "id" | "name" | "email">;

/** `rows`: what {@linkcode customersText} makes, each customer once. */
interface Rows {
  readonly rows: string;
  readonly at: number;
}

export function customersText(customers: readonly NewCustomer[]): string {
  return JSON.stringify(customers.map(({ id, name, email }) => [id, name, email]));
}

/** Whom a tenant sells to. */
export const customerTables = defineTables<CustomerDatabase>()("customer", {
  migrations: { "2026-12-01-customers": createCustomers },
  writes: ({ write }) => ({
    /** Refused as `constraint` where there is one of these ids. */
    created: write<Rows>((db, { tenant, rows, at }) =>
      db.insertInto("customers").columns(NAMES)
        .expression(textRows(db, rows, { before: [tenant], columns: COLUMNS, after: [at, at] }))
    ),
    /** One that is there keeps when it was made; one that somebody removes at the same time is there again. */
    updated: write<Rows>((db, { tenant, rows, at }) =>
      db.insertInto("customers").columns(NAMES)
        .expression(textRows(db, rows, { before: [tenant], columns: COLUMNS, after: [at, at] }))
        .onConflict((conflict) =>
          conflict.columns(["tenant", "id"]).doUpdateSet((eb) => ({
            name: eb.ref("excluded.name"),
            email: eb.ref("excluded.email"),
            updatedAt: eb.ref("excluded.updatedAt"),
          }))
        )
    ),
    /** Refused as `conflict` where there is none. */
    removed: write<{ readonly id: string }>(
      (db, { tenant, id }) => db.deleteFrom("customers").where("tenant", "=", tenant).where("id", "=", id),
      { whenUnchanged: "conflict" },
    ),
  }),
  queries: customerQueries,
});
