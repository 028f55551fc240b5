import { defineTables } from "../authoring.ts";
import { employeeMigrations } from "./migrations.ts";
import { employeeQueries } from "./queries.ts";
import type { EmployeeDatabase } from "./rows.ts";
import { employeeWrites } from "./writes.ts";
import { employeeSweeps } from "./sweep_queries.ts";

/** Employees, and the files that tell of them. */
export const employeeTables = defineTables<EmployeeDatabase>()("employee", {
  migrations: employeeMigrations,
  writes: employeeWrites,
  queries: employeeQueries,
  sweeps: employeeSweeps,
});
