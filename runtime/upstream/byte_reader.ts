/** Where bytes come from: a connection. `read` gives null at its end. */
export interface ByteSource {
  read(into: Uint8Array): Promise<number | null>;
}

const LINE_BYTES = 8 * 1024;
const READ_BYTES = 64 * 1024;
/** Many connections wait at once for what may come. */
const WAITING_BYTES = 4 * 1024;
/** Answers that are as short leave what was read into for the next read of any connection. */
const SHORT_BYTES = 8 * 1024;
const MOST_SPARE = 4;
const NOTHING = new Uint8Array(0);
const spare: Uint8Array[] = [];
const CUT = "the connection was closed before the end of the answer";

/** What a connection gives, by lines and by counts. While nothing comes it holds what waits for it and no more. */
export class ByteReader {
  readonly #source: ByteSource;
  #rest: Uint8Array = NOTHING;
  #next: Promise<Uint8Array | null> | null = null;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** All that has come was read. */
  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  /** Resolves when something has come, or the end; whoever reads next gets it. */
  async untilMore(): Promise<void> {
    this.#next ??= this.#read(WAITING_BYTES);
    await this.#next.catch(() => {});
  }

  /** Lines up to an empty one, without it. @throws {TypeError} when they end early, or have more than `limitBytes` */
  async block(limitBytes: number): Promise<string> {
    const lines: string[] = [];
    for (let line = await this.line(limitBytes); line !== ""; line = await this.line(limitBytes)) {
      limitBytes -= line.length;
      lines.push(line);
    }
    return lines.join("\n");
  }

  /** Without what ends it. @throws {TypeError} as `block` does */
  async line(limitBytes: number = LINE_BYTES): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (Math.max(end, 0) > limitBytes || (end < 0 && this.#rest.length > limitBytes)) {
        throw new TypeError("invalid HTTP: a line without end");
      }
      if (end >= 0) {
        const line = new TextDecoder("latin1").decode(this.#rest.subarray(0, end));
        this.#rest = after(this.#rest, end + 1);
        return line.replace(/\r$/, "");
      }
      if (!await this.#more()) throw new TypeError(CUT);
    }
  }

  /** Exactly so many bytes, as they come. @throws {TypeError} when there are fewer */
  async *bytes(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0 && !await this.#more()) throw new TypeError(CUT);
      const part = this.#rest.subarray(0, left);
      this.#rest = after(this.#rest, part.length);
      left -= part.length;
      yield part;
    }
  }

  /** All that comes. */
  async *all(): AsyncGenerator<Uint8Array> {
    do {
      if (this.#rest.length > 0) yield this.#rest;
      this.#rest = NOTHING;
    } while (await this.#more());
  }

  async #more(): Promise<boolean> {
    const next = this.#next ?? this.#read(READ_BYTES);
    this.#next = null;
    const more = await next;
    if (more === null) return false;
    this.#rest = this.#rest.length === 0 ? more : joined(this.#rest, more);
    return true;
  }

  async #read(sizeBytes: number): Promise<Uint8Array | null> {
    if (sizeBytes < READ_BYTES) return await this.#readInto(new Uint8Array(sizeBytes));
    const into = spare.pop() ?? new Uint8Array(READ_BYTES);
    const read = await this.#readInto(into);
    if (read === null || read.length > SHORT_BYTES) return read;
    const own = read.slice();
    if (spare.length < MOST_SPARE) spare.push(into);
    return own;
  }

  async #readInto(bytes: Uint8Array): Promise<Uint8Array | null> {
    const count = await this.#source.read(bytes);
    return count === null ? null : bytes.subarray(0, count);
  }
}

/** What comes after so many bytes; with none left it does not hold on to those before. */
function after(bytes: Uint8Array, count: number): Uint8Array {
  return count === bytes.length ? NOTHING : bytes.subarray(count);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
