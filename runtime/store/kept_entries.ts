import type { WaitingEntry } from "./commit_queue.ts";
import type { StorageRoom } from "./contract.ts";

/**
 * Entries that were taken from the queue and could not be written: they go before anything else. As many as a batch
 * may hold; but while the storage is short of room, half as many after each failure, so that little room is enough for one.
 */
export class KeptEntries {
  readonly #entries: WaitingEntry[] = [];
  #atOnce = Infinity;

  get length(): number {
    return this.#entries.length;
  }

  /** How many entries a batch may have now. */
  get atOnce(): number {
    return this.#atOnce;
  }

  putFirst(entries: readonly WaitingEntry[]): void {
    this.#entries.unshift(...entries);
  }

  take(count: number): WaitingEntry[] {
    return this.#entries.splice(0, count);
  }

  /** A batch of so many entries has been tried. */
  tried(entries: number, { failed, room }: { failed: boolean; room: StorageRoom }): void {
    if (room !== "short") this.#atOnce = Infinity;
    else this.#atOnce = failed ? Math.max(1, Math.ceil(entries / 2)) : this.#atOnce * 2;
  }
}
