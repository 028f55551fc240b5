import { defineTables } from "../authoring.ts";
import { customerMigrations } from "./migrations.ts";
import { customerQueries } from "./queries.ts";
import type { CustomerDatabase } from "./rows.ts";
import { customerWrites } from "./writes.ts";

/** Whom a tenant sells to. */
export const customerTables = defineTables<CustomerDatabase>()("customer", {
  migrations: customerMigrations,
  writes: customerWrites,
  queries: customerQueries,
});
