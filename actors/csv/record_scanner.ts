import { joinedBytes } from "./joined_bytes.ts";

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;
/** UTF-8's byte order mark. */
const MARK = [0xef, 0xbb, 0xbf];

/** The longest record that is given out whole. */
export const RECORD_BYTES: number = 1024 * 1024;
const HEAD_BYTES = 4 * 1024;

/** Where a record begins: the point from which a file can be read on. */
export interface Place {
  readonly byteOffset: number;
  /** The first line is 1. */
  readonly line: number;
}

/** A record as it lies in the file, its line break included. */
export interface RawRecord {
  readonly line: number;
  /** Only the beginning of a record that is too large. */
  readonly bytes: Uint8Array;
  readonly tooLarge: boolean;
  /** Where the next one begins. */
  readonly end: Place;
}

/** The records that a chunk completed, without blank lines, and where the record after them begins. */
export interface Stretch {
  readonly records: readonly RawRecord[];
  readonly end: Place;
}

/**
 * Finds the records of a file without reading what is in them: each boundary is exact to the byte, wherever the chunks
 * were cut, and so a place to go on from. A line break ends a record; with `quotes` not inside a quoted field, which
 * begins, as RFC 4180 has it, at a field's first byte: a stray quote spoils its own record and no other.
 *
 * Holds one chunk and at most one record. A byte order mark at offset 0 belongs to no record.
 */
export class RecordScanner {
  readonly #quotes: boolean;
  /** Where the current record begins. */
  #start: Place;
  /** Its bytes so far; of a record that is too large only the last one. */
  #held: Uint8Array = new Uint8Array();
  #large: { readonly head: Uint8Array; lostBytes: number } | null = null;
  /** Index in `#held` up to which it has been looked at. */
  #seen = 0;
  #quoted = false;
  /** Index in `#held` of the last closing quote: one right behind it goes on with the field. */
  #closedAt = -1;
  #breaksInside = 0;

  constructor(from: Place, options: { quotes: boolean }) {
    this.#start = { byteOffset: from.byteOffset, line: from.line };
    this.#quotes = options.quotes;
  }

  push(chunk: Uint8Array): Stretch {
    this.#held = joinedBytes(this.#held, chunk);
    const records = this.#passMark() ? this.#complete() : [];
    return { records, end: this.#start };
  }

  /** After the last chunk: the record that no line break ends. Whether its quotes are closed is not judged here. */
  end(): Stretch {
    const records = this.#complete();
    if (this.#held.length > 0) this.#take(records, 0, this.#held.length);
    this.#held = new Uint8Array();
    return { records, end: this.#start };
  }

  /** False while it is open whether the file begins with a byte order mark. */
  #passMark(): boolean {
    if (this.#start.byteOffset > 0 || this.#large !== null) return true;
    if (this.#held.length < MARK.length) return false;
    if (MARK.every((byte, index) => this.#held[index] === byte)) {
      this.#start = { byteOffset: MARK.length, line: this.#start.line };
      this.#held = this.#held.subarray(MARK.length);
    }
    return true;
  }

  #complete(): RawRecord[] {
    const records: RawRecord[] = [];
    const held = this.#held;
    let begin = 0;
    let at = this.#seen;
    let quote = this.#quotes ? next(held, QUOTE, at) : held.length;
    let lineBreak = next(held, LF, at);
    for (;;) {
      if (this.#quoted) {
        for (; lineBreak < quote; lineBreak = next(held, LF, lineBreak + 1)) this.#breaksInside++;
        if (quote === held.length) break;
        this.#quoted = false;
        this.#closedAt = quote;
        at = quote + 1;
      } else if (quote < lineBreak) {
        this.#quoted = this.#opensField(quote, begin);
        at = quote + 1;
      } else if (lineBreak < held.length) {
        at = lineBreak + 1;
        this.#take(records, begin, at);
        begin = at;
        lineBreak = next(held, LF, at);
      } else break;
      if (quote < at) quote = next(held, QUOTE, at);
    }
    this.#keep(begin);
    return records;
  }

  #opensField(quote: number, begin: number): boolean {
    if (quote === begin && this.#large === null) return true;
    return this.#held[quote - 1] === COMMA || this.#closedAt === quote - 1;
  }

  /** Gives out the bytes from `begin` to `end` as a record, unless they are a blank line. */
  #take(records: RawRecord[], begin: number, end: number): void {
    const { byteOffset, line } = this.#start;
    const sizeBytes = end - begin + (this.#large?.lostBytes ?? 0);
    const breaks = this.#breaksInside + (!this.#quoted && this.#held[end - 1] === LF ? 1 : 0);
    const tooLarge = sizeBytes > RECORD_BYTES;
    this.#start = { byteOffset: byteOffset + sizeBytes, line: line + breaks };
    if (tooLarge) {
      const bytes = this.#large?.head ?? this.#held.slice(begin, begin + HEAD_BYTES);
      records.push({ line, bytes, tooLarge, end: this.#start });
    } else if (!isBlank(this.#held, begin, end)) {
      records.push({ line, bytes: this.#held.subarray(begin, end), tooLarge, end: this.#start });
    }
    this.#large = null;
    this.#breaksInside = 0;
    this.#closedAt = -1;
  }

  #keep(begin: number): void {
    this.#held = this.#held.subarray(begin);
    this.#closedAt -= begin;
    if (this.#large !== null || this.#held.length > RECORD_BYTES) {
      const lostBytes = this.#held.length - 1;
      this.#large ??= { head: this.#held.slice(0, HEAD_BYTES), lostBytes: 0 };
      this.#large.lostBytes += lostBytes;
      this.#held = this.#held.slice(lostBytes);
      this.#closedAt -= lostBytes;
    }
    this.#seen = this.#held.length;
  }
}

/** The index of `byte` from `from` on; the length when there is none. */
function next(bytes: Uint8Array, byte: number, from: number): number {
  const index = bytes.indexOf(byte, from);
  return index === -1 ? bytes.length : index;
}

function isBlank(bytes: Uint8Array, begin: number, end: number): boolean {
  const size = end - begin;
  return size === 1
    ? bytes[begin] === LF || bytes[begin] === CR
    : size === 2 && bytes[begin] === CR && bytes[begin + 1] === LF;
}
