import { RuntimeError } from "../../runtime/core/errors.ts";
import type { EntryResult, StorageRoom, StoreEntry } from "../../runtime/store/contract.ts";

/** A batch that waits for the test to say how it ends. */
export interface PendingWrite {
  readonly batch: readonly StoreEntry[];
  commit(): void;
  fail(code: "storage-unavailable" | "storage-corrupt" | "fenced"): void;
}

/** A store that does nothing but wait: every `write` is handed to the test. */
export class ManualStore {
  /** What the store says from its next answer on. */
  room: StorageRoom = "ample";
  readonly #arrived: PendingWrite[] = [];
  readonly #awaited: ((write: PendingWrite) => void)[] = [];

  /** Writes that the test has not taken yet. */
  get pending(): number {
    return this.#arrived.length;
  }

  write(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly EntryResult[]>();
    const write: PendingWrite = {
      batch,
      commit: () =>
        resolve(batch.map((_, index) => ({
          status: "committed",
          firstEvent: index + 1,
          appended: [],
          ready: [],
          nextDueAt: null,
        }))),
      fail: (code) => reject(new RuntimeError(code, code, { retryable: code === "storage-unavailable" })),
    };
    const taker = this.#awaited.shift();
    if (taker === undefined) this.#arrived.push(write);
    else taker(write);
    return promise;
  }

  /** The next write, now or when it comes. */
  next(): Promise<PendingWrite> {
    const write = this.#arrived.shift();
    return write === undefined ? new Promise((resolve) => this.#awaited.push(resolve)) : Promise.resolve(write);
  }
}
