import type { RawRecord } from "../csv/record_scanner.ts";
import { readText } from "../csv/record_text.ts";
import { type Columns, judge, reject, type Verdict } from "./verdict.ts";

/**
 * Judges records of newline-delimited JSON: each line is an object and kept as it is written, numbers and all; the key is
 * the first property of the first object unless another was asked for.
 */
export function* judgeNdjson(records: readonly RawRecord[], columns: Columns): Generator<Verdict, void, void> {
  for (const record of records) yield judgeRecord(record, columns);
}

function judgeRecord(record: RawRecord, columns: Columns): Verdict {
  const read = readText(record);
  if ("fault" in read) return reject(record, read.fault);
  const data = read.text.trim();
  const value = parseObject(data);
  if (value === null) return reject(record, "the line is not a JSON object");
  columns.key ??= Object.keys(value)[0] ?? null;
  const { key: name } = columns;
  const key = name !== null && Object.hasOwn(value, name) ? value[name] : undefined;
  return judge(record, { key, data });
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : null;
  } catch {
    return null;
  }
}
