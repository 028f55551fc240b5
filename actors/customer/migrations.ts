import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { engineOf, tableEnd } from "../authoring.ts";

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

/**
 * The first word of a name is the first name. Of several customers with one address the one that is longest there holds it;
 * the others stay, and hold none until they are given another.
 */
const nameCustomers: Migration = {
  async up(db: Kysely<unknown>) {
    const customers = () => db.schema.alterTable("customers");
    for (const name of ["first_name", "last_name"]) {
      await customers().addColumn(name, "text", (column) => column.notNull().defaultTo("")).execute();
    }
    await customers().addColumn("email_key", "text").execute();
    await customers().addColumn("version", "bigint", (column) => column.notNull().defaultTo(1)).execute();
    const space = sql.raw(engineOf(db) === "postgres" ? "strpos(name || ' ', ' ')" : "instr(name || ' ', ' ')");
    await sql`update customers set first_name = substr(name, 1, cast(${space} as integer) - 1),
      last_name = ltrim(substr(name, cast(${space} as integer) + 1))`.execute(db);
    await sql`update customers set email_key = lower(email) where (tenant, id) in (select tenant, id from (
      select tenant, id, row_number() over (partition by tenant, lower(email) order by created_at, id) as nth
      from customers) ranked where nth = 1)`.execute(db);
    await customers().dropColumn("name").execute();
    await db.schema.createIndex("customers_email").on("customers").columns(["tenant", "email_key"]).unique()
      .where("email_key", "is not", null).execute();
  },
};

/** What is found out about the address. */
const judgeAddresses: Migration = {
  up: (db: Kysely<unknown>) => db.schema.alterTable("customers").addColumn("deliverability", "text").execute(),
};

export const customerMigrations: Readonly<Record<string, Migration>> = {
  "2026-12-01-customers": createCustomers,
  "2026-12-23-customer-names": nameCustomers,
  "2026-12-24-customer-deliverability": judgeAddresses,
};
