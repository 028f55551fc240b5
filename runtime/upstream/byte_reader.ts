const LINE_BYTES = 8 * 1024;
const CUT = "the connection was closed before the end of the answer";

/** What a connection gives, by lines and by counts. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
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
        this.#rest = this.#rest.subarray(end + 1);
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
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** All that comes. */
  async *all(): AsyncGenerator<Uint8Array> {
    do {
      if (this.#rest.length > 0) yield this.#rest;
      this.#rest = new Uint8Array(0);
    } while (await this.#more());
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    const joined = new Uint8Array(this.#rest.length + value.length);
    joined.set(this.#rest);
    joined.set(value, this.#rest.length);
    this.#rest = joined;
    return true;
  }
}
