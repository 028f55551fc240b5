import { z } from "zod";
import { widthFault } from "../csv/header.ts";
import { splitTexts } from "../csv/split_records.ts";
import { columnNames, type EmployeeColumn } from "./columns.ts";
import type { KnownEmployee } from "./queries.ts";
import type { StagedRow } from "./rows.ts";
import type { NewEmployee, NewReject } from "./text_writes.ts";

/** What rows came to. */
export interface Judged {
  readonly employees: readonly NewEmployee[];
  readonly rejects: readonly NewReject[];
}

type Row = Pick<StagedRow, "line" | "text" | "fault">;
type Read = { readonly employee: NewEmployee; readonly fields: readonly string[] };

const NUMBER = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;
const NUMBER_CHARS = 64;
const NAME_CHARS = 200;
const EMAIL_CHARS = 254;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Reads rows one by one: each is an employee, or is rejected for everything that is wrong with it. */
export function readRows(
  rows: readonly Row[],
  header: readonly string[],
): { read: readonly Read[]; rejects: NewReject[] } {
  const names = columnNames(header);
  const splits = splitTexts(rows.map(({ text, fault }) => fault === null ? { text: `${text}\n` } : { fault }));
  const read: Read[] = [];
  const rejects: NewReject[] = [];
  for (const [index, { line, text }] of rows.entries()) {
    const split = splits[index]!;
    const fault = "fault" in split ? split.fault : widthFault(split.fields, names.length);
    if ("fault" in split || fault !== null) {
      rejects.push({ line, reason: fault!, fields: null, raw: text.slice(0, 500).toWellFormed() });
      continue;
    }
    const { fields } = split;
    const value = (column: EmployeeColumn) => (fields[names.indexOf(column)] ?? "").trim();
    const employee = {
      number: value("employee_number"),
      name: value("name"),
      email: value("email"),
      startDate: value("start_date"),
      endDate: value("end_date") || null,
      line,
    };
    const faults = faultsOf(employee);
    if (faults.length === 0) read.push({ employee, fields });
    else rejects.push({ line, reason: faults.join("; "), fields, raw: null });
  }
  return { read, rejects };
}

/**
 * Of the rows of an upload that could be read: the first of each number is accepted, unless a later upload has told of that
 * employee already. `known` is what the table holds of these numbers.
 */
export function judgeNumbers(
  read: readonly Read[],
  { known, upload }: {
    known: readonly KnownEmployee[];
    upload: { readonly id: string; readonly position: string };
  },
): Judged {
  const before = new Map(known.map((employee) => [employee.number, employee]));
  const lines = new Map<string, number>();
  const employees: NewEmployee[] = [];
  const rejects: NewReject[] = [];
  for (const { employee, fields } of read) {
    const { number, line } = employee;
    const there = before.get(number);
    const earlier = lines.get(number) ?? (there?.uploadId === upload.id ? there.line : undefined);
    if (earlier !== undefined) {
      rejects.push({ line, reason: `the employee number is on line ${earlier} already`, fields, raw: null });
    } else if (there !== undefined && there.position > upload.position) {
      rejects.push({ line, reason: "a later upload has told of this employee already", fields, raw: null });
    } else {
      lines.set(number, line);
      employees.push(employee);
    }
  }
  return { employees, rejects };
}

function faultsOf({ number, name, email, startDate, endDate }: NewEmployee): string[] {
  const faults: string[] = [];
  if (number === "") faults.push("the employee number is missing");
  else if (number.length > NUMBER_CHARS || !NUMBER.test(number)) {
    faults.push(`the employee number must be up to ${NUMBER_CHARS} letters, digits, dots, dashes and underscores`);
  }
  if (name === "") faults.push("the name is missing");
  else if (name.length > NAME_CHARS) faults.push(`the name is longer than ${NAME_CHARS} characters`);
  else if (/\p{Cc}/u.test(name)) faults.push("the name has characters that no name should have");
  if (email === "") faults.push("the e-mail address is missing");
  else if (email.length > EMAIL_CHARS || !z.regexes.email.test(email)) faults.push("the e-mail address is none");
  if (startDate === "") faults.push("the start date is missing");
  else if (!isDate(startDate)) faults.push("the start date is no date like 2026-11-23");
  if (endDate !== null && !isDate(endDate)) faults.push("the end date is no date like 2026-11-23");
  else if (endDate !== null && isDate(startDate) && endDate < startDate) {
    faults.push("the end date lies before the start date");
  }
  return faults;
}

/** A day that the calendar has. */
function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
