import { defineTables } from "../authoring.ts";
import { financialMigrations } from "./migrations.ts";
import { financialQueries } from "./queries.ts";
import type { FinancialDatabase } from "./rows.ts";
import { financialWrites } from "./writes.ts";

/** What was taken over from the ledger, and what it comes to by day. */
export const financialTables = defineTables<FinancialDatabase>()("financial", {
  migrations: financialMigrations,
  writes: financialWrites,
  queries: financialQueries,
});
