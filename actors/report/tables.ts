import { defineTables } from "../authoring.ts";
import { type ReportDatabase, reportQueries } from "./queries.ts";

/** No tables of its own: only questions to those of jobs and of imports. */
export const reportTables = defineTables<ReportDatabase>()("report", {
  migrations: {},
  writes: () => ({}),
  queries: reportQueries,
});
