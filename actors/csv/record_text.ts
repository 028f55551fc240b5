import type { RawRecord } from "./record_scanner.ts";

const HEAD_CHARS = 500;
/** Enough bytes for {@linkcode HEAD_CHARS}, whatever they are. */
const HEAD_BYTES = 4 * HEAD_CHARS;

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of a record, or why there is none. */
export type RecordText = { readonly text: string } | { readonly fault: string };

export function readText({ bytes, tooLarge }: Pick<RawRecord, "bytes" | "tooLarge">): RecordText {
  if (tooLarge) return { fault: "the record is larger than 1 MiB; perhaps a quote is never closed" };
  try {
    return { text: strictDecoder.decode(bytes) };
  } catch {
    return { fault: "the record is not valid UTF-8" };
  }
}

/** The first 500 characters of a record, as a person is shown them; any database takes them. */
export function headOf({ bytes }: Pick<RawRecord, "bytes">): string {
  const text = lenientDecoder.decode(bytes.subarray(0, HEAD_BYTES)).replace(/\r?\n$/, "");
  // A database of the other kind takes no NUL in a text, and no half of a character is worth keeping.
  return text.slice(0, HEAD_CHARS).replaceAll("\0", "\uFFFD").toWellFormed();
}
