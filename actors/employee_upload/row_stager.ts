import { RuntimeError } from "../authoring.ts";
import type { RawRecord } from "../csv/record_scanner.ts";
import { headOf, readText } from "../csv/record_text.ts";
import { splitRecords } from "../csv/split_records.ts";
import { columnsFault } from "./columns.ts";
import type { NewStagedRow } from "./text_writes.ts";

/** Small: what a batch takes is given back only now and then, and a large file has thousands of them. */
const BATCH_ROWS = 1_000;
const BATCH_CHARS = 16 * 1024;
const ROW_CHARS = 4_000;

/** Rows for one commit; `rows` is the text that the write takes. */
export interface StagedBatch {
  readonly rows: string;
  readonly count: number;
}

/**
 * Makes of a file's records the rows that are staged: only where they begin and end is known, and whether their text can be
 * kept. What is in them is looked at when they are processed.
 */
export class RowStager {
  #header: readonly string[] | null = null;
  #rows: NewStagedRow[] = [];
  #chars = 0;

  /** Null before the first record. */
  get header(): readonly string[] | null {
    return this.#header;
  }

  /** The batches that these records filled. @throws {RuntimeError} `invalid-message` when the header cannot be used */
  take(records: readonly RawRecord[]): StagedBatch[] {
    const full: StagedBatch[] = [];
    for (const record of records) {
      if (this.#header === null) {
        this.#header = headerOf(record);
        continue;
      }
      const row = rowOf(record);
      this.#rows.push(row);
      this.#chars += row[1].length;
      if (this.#rows.length === BATCH_ROWS || this.#chars >= BATCH_CHARS) full.push(this.rest());
    }
    return full;
  }

  /** What is in no batch yet; perhaps nothing. */
  rest(): StagedBatch {
    const batch = { rows: JSON.stringify(this.#rows), count: this.#rows.length };
    this.#rows = [];
    this.#chars = 0;
    return batch;
  }
}

function headerOf(record: RawRecord): readonly string[] {
  const [split] = splitRecords([record]);
  if ("fault" in split!) throw new RuntimeError("invalid-message", `The header cannot be read: ${split.fault}`);
  const fault = columnsFault(split!.fields);
  if (fault !== null) throw new RuntimeError("invalid-message", fault);
  return split!.fields;
}

function rowOf(record: RawRecord): NewStagedRow {
  const read = readText(record);
  const fault = "fault" in read ? read.fault : textFault(read.text);
  return [record.line, fault === null ? (read as { text: string }).text.replace(/\r?\n$/, "") : headOf(record), fault];
}

function textFault(text: string): string | null {
  if (text.length > ROW_CHARS) return `the row is longer than ${ROW_CHARS} characters; perhaps a quote is never closed`;
  return text.includes("\0") ? "the row has characters that no text should have" : null;
}
