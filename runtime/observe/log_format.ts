import type { LogRecord } from "@logtape/logtape";

/*
 * How a record reads. JSON: one object a line, flat, in this order:
 *   {"time":"2026-11-22T04:05:06.789Z","level":"warn","category":"mailroom/runtime/mailbox","message":"turn retried",
 *    "tenant":"demo","kind":"report",...}
 * `time` ISO 8601 UTC; `level` debug, info, warn, error; `category` the folder that speaks; `message` constant text, what
 * to search for; after that the record's fields under their own names.
 * Text: the same for eyes: `04:05:06.789 warn  mailroom/runtime/mailbox  turn retried tenant=demo kind=report`.
 */

export function jsonLine(record: LogRecord): string {
  const { time, level, category, message } = read(record);
  return `${seen(JSON.stringify({ time, level, category, message, ...plain(record.properties) }))}\n`;
}

export function textLine(record: LogRecord): string {
  const { time, level, category, message } = read(record);
  const fields = Object.entries(plain(record.properties)).map(([name, value]) => ` ${name}=${visible(value)}`).join("");
  return `${time.slice(11, -1)} ${level.padEnd(5)} ${category}  ${message}${fields}\n`;
}

function read(
  { timestamp, level, category, message }: LogRecord,
): Record<"time" | "level" | "category" | "message", string> {
  return {
    time: new Date(timestamp).toISOString(),
    level: level === "warning" ? "warn" : level,
    category: category.join("/"),
    message: message.map(String).join(""),
  };
}

/** Errors as their message and stack; a field cannot pose as one of the line's own. */
function plain(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      OWN.includes(name) ? `${name}Field` : name,
      value instanceof Error ? value.stack ?? value.message : value,
    ]),
  );
}

const OWN = ["time", "level", "category", "message"];
const BARE = /^[\w./:@~+-]+$/;
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A value on one line, quoted unless it is a plain word: what comes from outside can forge neither lines nor fields. */
function visible(value: unknown): string {
  if (typeof value === "string" && BARE.test(value)) return value;
  return seen(JSON.stringify(value) ?? String(value));
}

/** JSON text in which also that is escaped which a terminal obeys, or another reader takes for the end of a line. */
function seen(text: string): string {
  return text.replaceAll(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
