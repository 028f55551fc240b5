import { type Kysely, type RawBuilder, sql } from "kysely";
import { engineOf } from "../authoring.ts";
import type { EmployeeDatabase, EmployeeRejectRow, EmployeeRow, StagedRow } from "./rows.ts";

/*
 * Rows travel as one text, a list of lists of values, and one statement takes them apart: as a thousand row operations they
 * would be written as JSON, read and bound one by one, by the worker, the server and its writer.
 */

type Columns<Row> = readonly (readonly [name: keyof Row & string, type: "bigint" | "text"])[];

/** What a staged row has in such a text, in this order. */
export const STAGED_COLUMNS = [["line", "bigint"], ["text", "text"], ["fault", "text"]] as const satisfies Columns<
  StagedRow
>;

export const EMPLOYEE_COLUMNS = [
  ["number", "text"],
  ["name", "text"],
  ["email", "text"],
  ["startDate", "text"],
  ["endDate", "text"],
  ["line", "bigint"],
] as const satisfies Columns<EmployeeRow>;

export const REJECT_COLUMNS = [
  ["line", "bigint"],
  ["reason", "text"],
  ["fields", "text"],
  ["raw", "text"],
] as const satisfies Columns<EmployeeRejectRow>;

/** A row of a file on its way into the table. */
export type NewStagedRow = readonly [line: number, text: string, fault: string | null];

export type NewEmployee = Pick<EmployeeRow, "number" | "name" | "email" | "startDate" | "endDate" | "line">;

export type NewReject = Pick<EmployeeRejectRow, "line" | "reason" | "raw"> & {
  readonly fields: readonly string[] | null;
};

export function employeesText(employees: readonly NewEmployee[]): string {
  return JSON.stringify(
    employees.map((
      { number, name, email, startDate, endDate, line },
    ) => [number, name, email, startDate, endDate, line]),
  );
}

export function rejectsText(rejects: readonly NewReject[]): string {
  return JSON.stringify(rejects.map(({ line, reason, fields, raw }) => [line, reason, fields, raw]));
}

/** `before`, the values of each row of a text, and `after`: what an insert takes its rows from. */
export function rowsOf(
  db: Kysely<EmployeeDatabase>,
  { before, rows, after = [] }: {
    before: readonly string[];
    rows: string;
    after?: readonly (readonly [value: string | number, type: "bigint" | "text"])[];
  },
  columns: Columns<StagedRow> | Columns<EmployeeRow> | Columns<EmployeeRejectRow>,
): RawBuilder<never> {
  if (engineOf(db) === "postgres") {
    const values = sql.join([
      ...before.map((value) => sql`cast(${value} as text)`),
      ...columns.map(([, type], index) => sql.raw(`(value ->> ${index})::${type}`)),
      ...after.map(([value, type]) => sql`cast(${value} as ${sql.raw(type)})`),
    ]);
    return sql`select ${values} from json_array_elements(cast(${rows} as json))`;
  }
  const values = sql.join([
    ...before.map((value) => sql`${value}`),
    ...columns.map((_, index) => sql.raw(`value ->> ${index}`)),
    ...after.map(([value]) => sql`${value}`),
  ]);
  // As binary JSON a row is not parsed anew for each of its values. Without the condition SQLite takes "on conflict" for the
  // beginning of a join's.
  return sql`select ${values} from jsonb_each(${rows}) where true`;
}
