import { defineTables } from "../authoring.ts";
import type { CustomerDatabase } from "../customer/rows.ts";
import { projectionMigrations } from "./migrations.ts";
import { projectionQueries } from "./queries.ts";
import type { ProjectionDatabase } from "./rows.ts";
import { projectionWrites } from "./writes.ts";

/** What is derived of customers: answers as they are given, and by what one is found. */
export const projectionTables = defineTables<CustomerDatabase & ProjectionDatabase>()("customer-projection", {
  migrations: projectionMigrations,
  writes: projectionWrites,
  queries: projectionQueries,
});
