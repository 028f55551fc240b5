import { TerminalError } from "../authoring.ts";
import { headerFault, quotedName, widthFault } from "../csv/header.ts";
import type { RawRecord } from "../csv/record_scanner.ts";
import { type SplitRecord, splitRecords } from "../csv/split_records.ts";
import { type Columns, judge, reject, type Verdict } from "./verdict.ts";

/**
 * Judges records of CSV: the first record names the columns, and the first of them is the key unless another was asked for.
 * @throws {TerminalError} when the header cannot be used
 */
export function* judgeCsv(records: readonly RawRecord[], columns: Columns): Generator<Verdict, void, void> {
  let openings: readonly string[] | null = null;
  for (const [index, split] of splitRecords(records).entries()) {
    if (columns.header === null) {
      adoptHeader(columns, split);
      continue;
    }
    openings ??= columns.header.map((name, place) => `${place === 0 ? "{" : ","}${JSON.stringify(name)}:`);
    yield judgeRecord(records[index]!, split, { columns, openings });
  }
}

function judgeRecord(
  record: RawRecord,
  split: SplitRecord,
  { columns, openings }: { columns: Columns; openings: readonly string[] },
): Verdict {
  if ("fault" in split) return reject(record, split.fault);
  const { fields } = split;
  const fault = widthFault(fields, openings.length);
  if (fault !== null) return reject(record, fault);
  // Built as text: an object would give the column __proto__ another meaning and put the column 1 first.
  const data = fields.map((field, place) => openings[place]! + JSON.stringify(field)).join("") + "}";
  return judge(record, { key: fields[columns.header!.indexOf(columns.key!)], data });
}

function adoptHeader(columns: Columns, split: SplitRecord): void {
  if ("fault" in split) throw new TerminalError(`The header cannot be read: ${split.fault}`);
  const header = [...split.fields];
  const fault = headerFault(header);
  if (fault !== null) throw new TerminalError(fault);
  const key = columns.key ?? header[0]!;
  if (!header.includes(key)) {
    throw new TerminalError(
      `The key ${quotedName(key)} is not a column; the header has ${header.slice(0, 20).map(quotedName).join(", ")}`,
    );
  }
  columns.header = header;
  columns.key = key;
}
