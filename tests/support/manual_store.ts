import { RuntimeError } from "../../runtime/core/errors.ts";
import type { EntryResult, StorageRoom, StoreEntry } from "../../runtime/store/contract.ts";

/** A batch that waits for the test to say how it ends. */
export interface PendingWrite {
  readonly batch: readonly StoreEntry[];
  /** The number of the first entry's event is `firstEvent`, 1 by default, and so on. */
  commit(firstEvent?: number): void;
  /** The one behind it fails likewise. */
  fail(code: "storage-unavailable" | "storage-corrupt" | "fenced"): void;
}

interface Handed {
  readonly pending: PendingWrite;
  failure: RuntimeError | undefined;
  behind: Handed | undefined;
  refuse(error: RuntimeError): void;
}

/** A store that does nothing but wait: every batch is handed to the test. */
export class ManualStore {
  /** What the store says from its next answer on. */
  room: StorageRoom = "ample";
  readonly #arrived: Handed[] = [];
  readonly #awaited: ((write: PendingWrite) => void)[] = [];
  #last: Handed | undefined;

  /** Batches that the test has not taken yet. */
  get pending(): number {
    return this.#arrived.length;
  }

  write(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    this.#last = undefined;
    return this.writeNext(batch);
  }

  writeNext(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly EntryResult[]>();
    const handed: Handed = {
      pending: {
        batch,
        commit: (firstEvent = 1) => resolve(batch.map((_, index) => committedAs(firstEvent + index))),
        fail: (code) => handed.refuse(new RuntimeError(code, code, { retryable: code === "storage-unavailable" })),
      },
      failure: undefined,
      behind: undefined,
      refuse: (error) => {
        handed.failure = error;
        reject(error);
        const place = this.#arrived.indexOf(handed);
        if (place >= 0) this.#arrived.splice(place, 1);
        handed.behind?.refuse(error);
      },
    };
    const before = this.#last;
    this.#last = handed;
    if (before?.failure !== undefined) handed.refuse(before.failure);
    else this.#arrive(handed, before);
    return promise;
  }

  /** The next batch, now or when it comes. */
  next(): Promise<PendingWrite> {
    const handed = this.#arrived.shift();
    return handed === undefined
      ? new Promise((resolve) => this.#awaited.push(resolve))
      : Promise.resolve(handed.pending);
  }

  #arrive(handed: Handed, before: Handed | undefined): void {
    if (before !== undefined) before.behind = handed;
    const taker = this.#awaited.shift();
    if (taker === undefined) this.#arrived.push(handed);
    else taker(handed.pending);
  }
}

function committedAs(firstEvent: number): EntryResult {
  return { status: "committed", firstEvent, appended: [], ready: [], nextDueAt: null };
}
