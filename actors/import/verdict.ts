import type { Place, RawRecord } from "../csv/record_scanner.ts";
import { headOf } from "../csv/record_text.ts";

const DATA_CHARS = 64 * 1024;
const KEY_CHARS = 500;

/** What a record of the file comes to. */
export type Verdict = Accepted | Rejected;

export interface Accepted {
  readonly line: number;
  readonly end: Place;
  readonly key: string;
  /** The text of a JSON object. */
  readonly data: string;
}

export interface Rejected {
  readonly line: number;
  readonly end: Place;
  readonly reason: string;
  /** The beginning of the record. */
  readonly raw: string;
}

/** What is known of a file beside its records; found out by its first ones. */
export interface Columns {
  /** Null in a file without one, and before it was read. */
  header: string[] | null;
  /** The column that tells rows apart; null before it is known. */
  key: string | null;
}

/** Judges records, each in order but for a header; fills in `columns` when it finds them. */
export type Judge = (records: readonly RawRecord[], columns: Columns) => Iterable<Verdict>;

/** Accepts a record when its key can be one and its data are not too large. */
export function judge(record: RawRecord, { key, data }: { key: unknown; data: string }): Verdict {
  const fault = keyFault(key) ?? (data.length > DATA_CHARS ? `the row is larger than ${DATA_CHARS} characters` : null);
  if (fault !== null) return reject(record, fault);
  return { line: record.line, end: record.end, key: String(key), data };
}

export function reject(record: RawRecord, reason: string): Rejected {
  return { line: record.line, end: record.end, reason, raw: headOf(record) };
}

function keyFault(key: unknown): string | null {
  if (typeof key === "number") {
    return Number.isSafeInteger(key) ? null : "the key is a number that is not exact: write it as a text";
  }
  if (typeof key !== "string") return "the key is missing";
  if (key.trim() === "") return "the key is empty";
  if (key.length > KEY_CHARS) return `the key is longer than ${KEY_CHARS} characters`;
  return /\p{Cc}/u.test(key) || !key.isWellFormed() ? "the key has characters that no text should have" : null;
}
