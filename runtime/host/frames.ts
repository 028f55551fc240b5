import { RuntimeError } from "../core/errors.ts";

/** What one frame may weigh, its length apart: twice and a half an upstream's largest answer, as bytes that are no UTF-8 grow. */
export const MAX_FRAME_BYTES: number = 40 * 1024 * 1024;

const LENGTH_BYTES = 4;
const START_BYTES = 64 * 1024;
const MOST_KEPT_BYTES = 1024 * 1024;
/** Of UTF-8, for one unit of UTF-16. */
const MOST_BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();
const lax = new TextDecoder();
const strict = new TextDecoder("utf-8", { fatal: true });

/**
 * Frames one after another, on their way into a stream. A frame: 4 bytes of length, big-endian, then that many bytes of
 * UTF-8: JSON, and where that is an object that bears a text a line break, which JSON never holds, and that text as it is:
 * a relay hands it on unread. Two pieces of memory are used in turn, for fresh ones cost more than what is written there.
 */
export class FrameBuffer {
  #bytes = new Uint8Array(START_BYTES);
  #spare = new Uint8Array(START_BYTES);
  #end = 0;

  get isEmpty(): boolean {
    return this.#end === 0;
  }

  /** @throws {RuntimeError} `too-large` when they take more than `MAX_FRAME_BYTES`; nothing is added then */
  add(value: unknown, text?: string): void {
    const start = this.#end;
    const json = JSON.stringify(value);
    const leastBytes = json.length + (text === undefined ? 0 : 1 + text.length);
    if (leastBytes > MAX_FRAME_BYTES) throw tooLarge(leastBytes);
    this.#reserve(LENGTH_BYTES + leastBytes);
    this.#end += LENGTH_BYTES;
    this.#encode(json);
    if (text !== undefined) {
      this.#encode("\n");
      this.#encode(text);
    }
    const length = this.#end - start - LENGTH_BYTES;
    if (length > MAX_FRAME_BYTES) {
      this.#end = start;
      throw tooLarge(length);
    }
    new DataView(this.#bytes.buffer).setUint32(start, length);
  }

  /** All that was added since the last call; it holds until the next. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#end);
    const free = this.#spare.length > MOST_KEPT_BYTES ? new Uint8Array(START_BYTES) : this.#spare;
    [this.#bytes, this.#spare, this.#end] = [free, this.#bytes, 0];
    return taken;
  }

  #encode(text: string): void {
    const { read, written } = encoder.encodeInto(text, this.#bytes.subarray(this.#end));
    this.#end += written;
    if (read === text.length) return;
    const rest = text.slice(read);
    this.#reserve(MOST_BYTES_PER_UNIT * rest.length);
    this.#end += encoder.encodeInto(rest, this.#bytes.subarray(this.#end)).written;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#end + bytes));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}

/**
 * Puts frames together again from chunks that are cut anywhere. Holds at most one unfinished frame, and room in
 * proportion to what has arrived, so a length that lies costs nothing.
 */
export class FrameDecoder<T> {
  #buffer = new Uint8Array(START_BYTES);
  #start = 0;
  #end = 0;

  /**
   * The frames that `chunk` completes, in order; a text that one bears is its `text`.
   * @throws {RuntimeError} `too-large` for a length above `MAX_FRAME_BYTES`; SyntaxError or TypeError for what is not
   * UTF-8 JSON. The stream cannot be read further then.
   */
  push(chunk: Uint8Array): T[] {
    this.#append(chunk);
    const frames: T[] = [];
    for (;;) {
      const length = this.#frameLength();
      if (length === undefined || this.#end - this.#start < LENGTH_BYTES + length) return frames;
      const from = this.#start + LENGTH_BYTES;
      frames.push(parse(decode(this.#buffer.subarray(from, from + length))));
      this.#start = from + length;
    }
  }

  #frameLength(): number | undefined {
    if (this.#end - this.#start < LENGTH_BYTES) return undefined;
    const length = new DataView(this.#buffer.buffer, this.#start).getUint32(0);
    if (length > MAX_FRAME_BYTES) throw tooLarge(length);
    return length;
  }

  #append(chunk: Uint8Array): void {
    const held = this.#end - this.#start;
    if (this.#end + chunk.length > this.#buffer.length) {
      const room = held + chunk.length > this.#buffer.length ? new Uint8Array(2 * (held + chunk.length)) : this.#buffer;
      room.set(this.#buffer.subarray(this.#start, this.#end));
      [this.#buffer, this.#start, this.#end] = [room, 0, held];
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }
}

/** The strict decoder takes seven times as long, so it is asked only where the other may have put something right. */
function decode(bytes: Uint8Array): string {
  const text = lax.decode(bytes);
  return text.includes("\ufffd") ? strict.decode(bytes) : text;
}

function parse<T>(frame: string): T {
  const end = frame.indexOf("\n");
  if (end === -1) return JSON.parse(frame);
  return Object.assign(JSON.parse(frame.slice(0, end)), { text: frame.slice(end + 1) });
}

function tooLarge(bytes: number): RuntimeError {
  return new RuntimeError("too-large", `A frame of ${bytes} bytes is above the limit of ${MAX_FRAME_BYTES}`);
}
