import { defineTables } from "../authoring.ts";
import { orderMigrations } from "./migrations.ts";
import { orderQueries } from "./queries.ts";
import type { OrderDatabase } from "./rows.ts";
import { orderWrites } from "./writes.ts";

/** What was ordered, and what became of it; kept for good, as a `requestId` says for good which order is meant. */
export const orderTables = defineTables<OrderDatabase>()("order", {
  migrations: orderMigrations,
  writes: orderWrites,
  queries: orderQueries,
});
