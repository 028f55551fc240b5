import { joinedBytes } from "../actors/csv/joined_bytes.ts";
import { Refusal } from "./problem.ts";

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))\s*(?:;|$)/i;
/** Of a part's headers. */
const HEAD_BYTES = 8 * 1024;
const encoder = new TextEncoder();
const BREAK = encoder.encode("\r\n");
const HEAD_END = encoder.encode("\r\n\r\n");

/**
 * The bytes of the first file of a `multipart/form-data` body, as they come; what stands before and behind it is passed over.
 * Holds one chunk and a line. A body without a file gives none.
 * @throws {Refusal} 400 when it is no such body or breaks off
 * @see RFC 7578; RFC 2046, 5.1.1
 */
export async function* multipartFile(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
): AsyncGenerator<Uint8Array, void, void> {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw malformed("its Content-Type names no boundary");
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  const reader = new PartReader(body[Symbol.asyncIterator]());
  // The first delimiter has no line break of its own when nothing is before it.
  reader.unread(BREAK);
  for await (const _ of reader.until(delimiter)) { /* What stands before the first part. */ }
  for (;;) {
    const head = await reader.head();
    if (head === null) return;
    const part = reader.until(delimiter);
    if (!isFile(head)) {
      for await (const _ of part) { /* Another field. */ }
      continue;
    }
    yield* part;
    await reader.drain();
    return;
  }
}

function isFile(head: string): boolean {
  return /^content-disposition:\s*form-data\b.*;\s*filename\*?=/im.test(head);
}

class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  unread(bytes: Uint8Array): void {
    this.#held = joinedBytes(bytes, this.#held);
  }

  /** What comes before the next `delimiter`, which is taken away. */
  async *until(delimiter: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const at = indexOf(this.#held, delimiter);
      if (at !== -1) {
        const rest = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + delimiter.length);
        if (rest.length > 0) yield rest;
        return;
      }
      // Its beginning may be what is held last.
      const sure = Math.max(0, this.#held.length - delimiter.length + 1);
      const part = this.#held.subarray(0, sure);
      this.#held = this.#held.subarray(sure);
      if (part.length > 0) yield part;
      await this.#more();
    }
  }

  /** The headers of the part behind a delimiter; null behind the last one. */
  async head(): Promise<string | null> {
    while (this.#held.length < 2) await this.#more();
    if (this.#held[0] === 45 && this.#held[1] === 45) {
      await this.drain();
      return null;
    }
    for (;;) {
      const at = indexOf(this.#held, HEAD_END);
      if (at !== -1) {
        const head = new TextDecoder().decode(this.#held.subarray(0, at));
        this.#held = this.#held.subarray(at + HEAD_END.length);
        return head;
      }
      if (this.#held.length > HEAD_BYTES) throw malformed(`the headers of a part are longer than ${HEAD_BYTES} bytes`);
      await this.#more();
    }
  }

  /** Reads to the end, so that the connection can go on. */
  async drain(): Promise<void> {
    while (!(await this.#chunks.next()).done);
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done) throw malformed("it breaks off before its last boundary");
    this.#held = joinedBytes(this.#held, value);
  }
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at !== -1; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (at + wanted.length > bytes.length) return -1;
    if (wanted.every((byte, place) => bytes[at + place] === byte)) return at;
  }
  return -1;
}

function malformed(why: string): Refusal {
  return new Refusal(400, `The body cannot be read as multipart/form-data: ${why}`);
}
