import { isDeepStrictEqual } from "node:util";
import type { Random } from "../../runtime/core/random.ts";

/** A row of a file of employees. */
export interface EmployeeFields {
  readonly number: string;
  readonly name?: string;
  readonly email?: string;
  readonly start?: string;
  readonly end?: string;
}

export const HEADER = "employee_number,name,email,start_date,end_date";

/** The text of a file, its header on line 1 and each row on a line of its own. */
export function employeesCsv(rows: readonly EmployeeFields[]): string {
  const lines = rows.map((
    { number, name = "Ada Lovelace", email = "ada@example.com", start = "2026-01-31", end = "" },
  ) => [number, name, email, start, end].map(quoted).join(","));
  return `${[HEADER, ...lines].join("\n")}\n`;
}

/** A file, and what must come of it. */
export interface DrawnFile {
  readonly text: string;
  readonly rows: number;
  /** By number, the line and the name of what is well-formed and the first of its number. */
  readonly employees: ReadonlyMap<string, { readonly line: number; readonly name: string }>;
  /** The lines of all others. */
  readonly faulty: readonly number[];
}

/** A file of `rows` rows about some of `pool` employees, one row in ten of which is faulty; `mark` stands in each name. */
export function drawFile(
  random: Random,
  { rows, pool, mark }: { rows: number; pool: number; mark: string },
): DrawnFile {
  const fields: EmployeeFields[] = [];
  const employees = new Map<string, { line: number; name: string }>();
  const faulty: number[] = [];
  for (let line = 2; line < rows + 2; line++) {
    const number = `E-${Math.floor(random.next() * pool)}`;
    const name = `${mark} "the ${line}th", of many`;
    const faults: readonly Partial<EmployeeFields>[] = [
      { email: "nobody" },
      { start: "2025-02-30" },
      { end: "2001-01-01" },
      { number: "no number" },
      { name: "" },
    ];
    const fault = random.next() < 0.1 ? faults[Math.floor(random.next() * faults.length)]! : {};
    if (!isDeepStrictEqual(fault, {}) || employees.has(number)) faulty.push(line);
    else employees.set(number, { line, name });
    fields.push({ number, name, ...fault });
  }
  return { text: employeesCsv(fields), rows, employees, faulty };
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
