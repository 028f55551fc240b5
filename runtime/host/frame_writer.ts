import { RuntimeError } from "../core/errors.ts";
import { encodeFrame } from "./frames.ts";

/** Where frames go: a socket. `write` may take fewer bytes than it is given. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * Writes frames in the order of the calls. What is written while the sink is busy waits and leaves together.
 * After the sink has failed, everything is dropped in silence: whoever reads from it learns of its end.
 */
export class FrameWriter<T> {
  readonly #sink: ByteSink;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #status: "idle" | "busy" | "broken" = "idle";

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** @throws {RuntimeError} `too-large` when the frame is above the limit; nothing is written then */
  write(frame: T): void {
    if (this.#status === "broken") return;
    this.#waiting.push(encodeFrame(frame));
    if (this.#status === "idle") this.#drain();
  }

  /**
   * Writes `items` in as few frames as the limit allows. What does not even fit alone goes to `refuse`, in its place.
   */
  writeAll<I>(items: readonly I[], { frame, refuse }: { frame(items: readonly I[]): T; refuse(item: I): void }): void {
    try {
      this.write(frame(items));
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== "too-large") throw error;
      if (items.length === 1) return refuse(items[0]!);
      const half = Math.ceil(items.length / 2);
      this.writeAll(items.slice(0, half), { frame, refuse });
      this.writeAll(items.slice(half), { frame, refuse });
    }
  }

  async #drain(): Promise<void> {
    this.#status = "busy";
    try {
      while (this.#waiting.length > 0) {
        const bytes = join(this.#waiting);
        this.#waiting = [];
        for (let sent = 0; sent < bytes.length;) sent += await this.#sink.write(bytes.subarray(sent));
      }
      this.#status = "idle";
    } catch {
      this.#status = "broken";
      this.#waiting = [];
    }
  }
}

function join(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0]!;
  const joined = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
