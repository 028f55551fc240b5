import { TerminalError } from "../authoring.ts";
import type { RawRecord } from "./record_scanner.ts";
import { type SplitRecord, splitRecords } from "./split_records.ts";
import { type Columns, judge, reject, type Verdict } from "./verdict.ts";

const HEADER_CHARS = 64 * 1024;

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
  if (fields.length !== openings.length) {
    return reject(record, `${counted(fields.length)}, but the header has ${openings.length}`);
  }
  // Built as text: an object would give the column __proto__ another meaning and put the column 1 first.
  const data = fields.map((field, place) => openings[place]! + JSON.stringify(field)).join("") + "}";
  return judge(record, { key: fields[columns.header!.indexOf(columns.key!)], data });
}

function adoptHeader(columns: Columns, split: SplitRecord): void {
  if ("fault" in split) throw new TerminalError(`The header cannot be read: ${split.fault}`);
  const header = [...split.fields];
  const twice = header.find((name, place) => header.indexOf(name) !== place);
  if (twice !== undefined) throw new TerminalError(`The header names ${quoted(twice)} twice: rename one column`);
  if (JSON.stringify(header).length > HEADER_CHARS) {
    throw new TerminalError(`The header is longer than ${HEADER_CHARS} characters`);
  }
  const key = columns.key ?? header[0]!;
  if (!header.includes(key)) {
    throw new TerminalError(
      `The key ${quoted(key)} is not a column; the header has ${header.slice(0, 20).map(quoted).join(", ")}`,
    );
  }
  columns.header = header;
  columns.key = key;
}

function counted(columns: number): string {
  return columns === 1 ? "1 column" : `${columns} columns`;
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
