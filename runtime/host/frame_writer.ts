import { RuntimeError } from "../core/errors.ts";
import { FrameBuffer } from "./frames.ts";

/** Where frames go: a socket. `write` may take fewer bytes than it is given. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
}

/** How items become one frame. */
export interface Framing<I, T> {
  frame(items: readonly I[]): T;
  /** What the frame bears as it is. */
  readonly text?: ((items: readonly I[]) => string) | undefined;
  refuse(item: I): void;
}

/**
 * Writes frames in the order of the calls. What is written while the sink is busy waits and leaves together.
 * After the sink has failed, everything is dropped in silence: whoever reads from it learns of its end.
 */
export class FrameWriter<T> {
  readonly #sink: ByteSink;
  readonly #waiting = new FrameBuffer();
  #status: "idle" | "busy" | "broken" = "idle";

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** @throws {RuntimeError} `too-large` when the frame is above the limit; nothing is written then */
  write(frame: T, text?: string): void {
    if (this.#status === "broken") return;
    this.#waiting.add(frame, text);
    if (this.#status === "idle") this.#drain();
  }

  /**
   * Writes `items` in as few frames as the limit allows. What does not even fit alone goes to `refuse`, in its place.
   */
  writeAll<I>(items: readonly I[], { frame, text, refuse }: Framing<I, T>): void {
    try {
      this.write(frame(items), text?.(items));
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== "too-large") throw error;
      if (items.length === 1) return refuse(items[0]!);
      const half = Math.ceil(items.length / 2);
      this.writeAll(items.slice(0, half), { frame, text, refuse });
      this.writeAll(items.slice(half), { frame, text, refuse });
    }
  }

  async #drain(): Promise<void> {
    this.#status = "busy";
    try {
      while (!this.#waiting.isEmpty) {
        const bytes = this.#waiting.take();
        for (let sent = 0; sent < bytes.length;) sent += await this.#sink.write(bytes.subarray(sent));
      }
      this.#status = "idle";
    } catch {
      this.#status = "broken";
    }
  }
}
