import { headerFault } from "../csv/header.ts";

/** What a file may tell of an employee, by the names of its columns. */
export const REQUIRED_COLUMNS = ["employee_number", "name", "email", "start_date"] as const;
export const OPTIONAL_COLUMNS = ["end_date"] as const;

export type EmployeeColumn = (typeof REQUIRED_COLUMNS)[number] | (typeof OPTIONAL_COLUMNS)[number];

/** The names of a file's columns as they are compared: `Employee Number` is `employee_number`. */
export function columnNames(header: readonly string[]): string[] {
  return header.map((name) => name.trim().toLowerCase().replaceAll(/[\s-]+/g, "_"));
}

/** Why a file cannot tell of employees, as a sentence; null when it can. */
export function columnsFault(header: readonly string[]): string | null {
  const names = columnNames(header);
  const fault = headerFault(names);
  if (fault !== null) return fault;
  const missing = REQUIRED_COLUMNS.filter((name) => !names.includes(name));
  if (missing.length === 0) return null;
  return `The header has no ${missing.join(", ")}: its columns must be ${REQUIRED_COLUMNS.join(", ")}, separated by ` +
    `commas, and may be ${OPTIONAL_COLUMNS.join(", ")}`;
}
