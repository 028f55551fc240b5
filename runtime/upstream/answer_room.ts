import { RuntimeError } from "../core/errors.ts";

/** What the answers of one broker may hold together while they come in, in bytes: a part of its process's heap. */
export const ROOM_BYTES: number = 128 * 1024 * 1024;

/** Room for the answers that are on their way, of all calls together: many large ones at once must not cost the broker. */
export class AnswerRoom {
  readonly #mostBytes: number;
  #heldBytes = 0;

  constructor(mostBytes: number = ROOM_BYTES) {
    this.#mostBytes = mostBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** @throws {RuntimeError} `overloaded` when there is no room; nothing is taken then */
  take(bytes: number): void {
    if (this.#heldBytes + bytes > this.#mostBytes) {
      throw new RuntimeError("overloaded", "Too many large answers come in at once: call again later", {
        retryable: true,
      });
    }
    this.#heldBytes += bytes;
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
