import { RuntimeError } from "../core/errors.ts";

/** What one frame may weigh, its length apart. */
export const MAX_FRAME_BYTES: number = 16 * 1024 * 1024;

const LENGTH_BYTES = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * A frame: 4 bytes of length, big-endian, then that many bytes of UTF-8 JSON.
 * @throws {RuntimeError} `too-large` when `value` takes more than `MAX_FRAME_BYTES`
 */
export function encodeFrame(value: unknown): Uint8Array<ArrayBuffer> {
  const json = encoder.encode(JSON.stringify(value));
  if (json.length > MAX_FRAME_BYTES) throw tooLarge(json.length);
  const frame = new Uint8Array(LENGTH_BYTES + json.length);
  new DataView(frame.buffer).setUint32(0, json.length);
  frame.set(json, LENGTH_BYTES);
  return frame;
}

/**
 * Puts frames together again from chunks that are cut anywhere. Holds at most one unfinished frame, and room in
 * proportion to what has arrived, so a length that lies costs nothing.
 */
export class FrameDecoder<T> {
  #buffer = new Uint8Array(64 * 1024);
  #start = 0;
  #end = 0;

  /**
   * The frames that `chunk` completes, in order.
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
      frames.push(JSON.parse(decoder.decode(this.#buffer.subarray(from, from + length))));
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

function tooLarge(bytes: number): RuntimeError {
  return new RuntimeError("too-large", `A frame of ${bytes} bytes is above the limit of ${MAX_FRAME_BYTES}`);
}
