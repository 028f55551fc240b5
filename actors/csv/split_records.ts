import { CsvError, type CsvErrorCode, parse } from "csv-parse/sync";
import type { RawRecord } from "./record_scanner.ts";
import { readText, type RecordText } from "./record_text.ts";

/** The fields of a record, or why it has none. */
export type SplitRecord = { readonly fields: readonly string[] } | { readonly fault: string };

/** Enough to make little of what a parser costs to set up, few enough to parse again behind a malformed record. */
const GROUP_RECORDS = 64;

const FAULTS: Partial<Record<CsvErrorCode, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is never closed",
  CSV_INVALID_CLOSING_QUOTE: "text follows a closing quote",
  INVALID_OPENING_QUOTE: "a quote stands inside a field that is not quoted",
};

/** Splits records into fields, one answer for each in order: a malformed record leaves the others alone. */
export function splitRecords(records: readonly RawRecord[]): readonly SplitRecord[] {
  return splitTexts(records.map(readText));
}

/** The same of records that were read before, line breaks included. */
export function splitTexts(records: readonly RecordText[]): readonly SplitRecord[] {
  const split: SplitRecord[] = [];
  for (let from = 0; from < records.length; from += GROUP_RECORDS) {
    splitGroup(records.slice(from, from + GROUP_RECORDS), split);
  }
  return split;
}

function splitGroup(records: readonly RecordText[], split: SplitRecord[]): void {
  let run: string[] = [];
  for (const read of records) {
    if ("text" in read) run.push(read.text);
    else {
      splitRun(run, split);
      split.push(read);
      run = [];
    }
  }
  splitRun(run, split);
}

/** Parses on behind each malformed record: the parser itself would look for its next one inside of that. */
function splitRun(run: readonly string[], split: SplitRecord[]): void {
  for (let from = 0; from < run.length;) {
    const { rows, fault } = parseAll(run.slice(from).join(""));
    for (const fields of rows) split.push({ fields });
    from += rows.length;
    if (fault !== null) {
      split.push({ fault });
      from++;
    } else if (from !== run.length) {
      throw new Error(`The parser found ${from} records where there are ${run.length}`);
    }
  }
}

/** The rows before the first malformed one, and what is wrong with that. */
function parseAll(text: string): { rows: readonly string[][]; fault: string | null } {
  const rows: string[][] = [];
  const collect = (row: string[]) => void rows.push(row);
  try {
    parse(text, { record_delimiter: ["\r\n", "\n"], relax_column_count: true, on_record: collect });
    return { rows, fault: null };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { rows, fault: FAULTS[error.code] ?? `the record is malformed: ${error.code}` };
  }
}
