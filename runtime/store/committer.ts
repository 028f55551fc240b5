import { type Clock, sleep } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { CommitQueue, type Urgency, type WaitingEntry } from "./commit_queue.ts";
import type { EntryResult, Store, StoreEntry } from "./contract.ts";
import { entryBytes } from "./entry_size.ts";

export interface CommitterOptions {
  readonly clock: Clock;
  /** Entries of one batch at most; 1,024 by default. */
  readonly maxEntries?: number;
  /** Of one batch, unless a single entry is larger; 1 MiB by default. */
  readonly maxBytes?: number;
  /** Appends that may wait; 20,000 by default. */
  readonly maxQueued?: number;
  readonly onHealth?: (health: StorageHealth) => void;
  /** A batch is durable; told before those who wait for its entries. */
  readonly onBatch?: (batch: { readonly entries: number; readonly durationMs: number }) => void;
  /** Called once; the process must end. */
  readonly onFatal?: (error: RuntimeError) => void;
}

export type StorageHealth = "available" | "unavailable";

/** Since the start: batches and entries committed; now: entries that wait for the batch under way. */
export interface CommitterStats {
  readonly batches: number;
  readonly entries: number;
  readonly queued: number;
}

const DEFAULTS = { maxEntries: 1_024, maxBytes: 1024 * 1024, maxQueued: 20_000 };
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export function createCommitter(store: Pick<Store, "write">, options: CommitterOptions): Committer {
  return new Committer(store, options);
}

/**
 * Group commit: the one way into the store. A commit costs a wait for the disk, nearly whatever its size; so one batch is
 * written at a time, and what arrives meanwhile becomes the next one.
 *
 *     idle ──commit──► writing ──done, nothing waits──► idle
 *                       │   ▲ └─done, more waits──► writing
 *         storage fails │   │ the same outcomes, or a probe, could be written
 *                       ▼   │
 *                     unavailable (a pause of 50 ms, doubled up to 2 s, then again)
 *
 *     any ──fenced, corrupt, or the store does not know──► ended      any ──close──► ended
 *
 * There is no timer before a batch: an idle store commits one entry at once (with those of the same turn of the event
 * loop), a busy one hundreds together, and how many is settled by how long the disk takes. A batch holds at most 1,024
 * entries or 1 MiB, because beyond that each entry waits longer and the next batch grows, without more throughput.
 *
 * Invariants
 * - A caller's promise resolves after the batch of its entry is durable, never before: this is where "acknowledged" gets
 *   its meaning. It is settled exactly once.
 * - Outcomes are written in the order in which they were given, and before any append that waits with them: finishing work
 *   makes room, starting work takes it. Appends of one tenant keep their order; tenants take turns, so the flood of one
 *   delays another by at most one entry per tenant.
 * - Waiting appends are bounded (`overloaded`). Outcomes are not, but they answer deliveries, which are bounded where
 *   those are made; to refuse an outcome would be to do its work twice.
 *
 * When it fails
 * - Entry by entry: a refused entry is a result like any other; the store has seen to it that it disturbed nobody.
 * - `storage-unavailable` (full, locked, read-only): the store kept nothing of the batch. Its outcomes stay here and are
 *   tried again, in the same order, until they are written; appends, in the batch and waiting, are rejected so that whoever
 *   offered them hears so now, and new ones are refused at once. With no outcome to write, an empty batch asks whether the
 *   storage is back. `onHealth` tells both changes.
 * - `fenced`, `storage-corrupt`, anything the store does not explain: going on could do harm. All that wait are rejected
 *   with that error, so is every later commit, and `onFatal` is told.
 * - The process dies: what was not acknowledged may or may not be there, as for any lost answer. Messages whose outcomes
 *   were lost are delivered again.
 */
export class Committer {
  readonly #store: Pick<Store, "write">;
  readonly #options: CommitterOptions & typeof DEFAULTS;
  readonly #queue = new CommitQueue();
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #health: StorageHealth = "available";
  #ended: RuntimeError | undefined;
  #batches = 0;
  #entries = 0;

  constructor(store: Pick<Store, "write">, options: CommitterOptions) {
    this.#store = store;
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * Resolves when the entry is durable, refused or answered by the holder of its claim.
   * @throws {RuntimeError} `overloaded` or `storage-unavailable` (appends only), `stopping`, or what ended the committer
   */
  commit(entry: StoreEntry, { urgency }: { urgency: Urgency } = { urgency: "append" }): Promise<EntryResult> {
    const refusal = this.#ended ?? (urgency === "append" ? this.#turnsAway() : undefined);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { promise, resolve, reject } = Promise.withResolvers<EntryResult>();
    this.#queue.add({ entry, urgency, bytes: entryBytes(entry), resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  /** Resolves when nothing waits or is being written any more; while the storage is unavailable that may take long. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Rejects what still waits as `stopping`; a batch under way is settled by the store. To be drained before. */
  close(): void {
    this.#end(new RuntimeError("stopping", "The committer is closed", { retryable: true }));
  }

  stats(): CommitterStats {
    return { batches: this.#batches, entries: this.#entries, queued: this.#queue.length };
  }

  #turnsAway(): RuntimeError | undefined {
    if (this.#health === "unavailable") {
      return new RuntimeError("storage-unavailable", "The storage takes no new work now: try again", {
        retryable: true,
      });
    }
    if (this.#queue.appends < this.#options.maxQueued) return undefined;
    return new RuntimeError("overloaded", `${this.#options.maxQueued} entries wait to be written: try again later`, {
      retryable: true,
    });
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#commitBatch(this.#queue.take(this.#options));
    this.#running = undefined;
  }

  async #commitBatch(batch: WaitingEntry[]): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const begunAt = this.#options.clock.monotonic();
      const written = await this.#write(batch);
      if (!(written instanceof RuntimeError)) return this.#settle(batch, { results: written, begunAt });
      if (written.code !== "storage-unavailable") return this.#fail(written, batch);
      this.#become("unavailable");
      batch = this.#keepOutcomes(batch, written);
      await sleep(this.#options.clock, pauseMs, this.#closing.signal).catch(() => {});
      if (this.#ended !== undefined) return rejectAll(batch, this.#ended);
      if (batch.length === 0) batch = this.#queue.take(this.#options);
    }
  }

  /** The results of a batch that is durable, or why it is not. */
  async #write(batch: readonly WaitingEntry[]): Promise<readonly EntryResult[] | RuntimeError> {
    try {
      return await this.#store.write(batch.map(({ entry }) => entry));
    } catch (thrown) {
      if (thrown instanceof RuntimeError) return thrown;
      return new RuntimeError("internal", "The store failed in an unknown way", { cause: thrown });
    }
  }

  #settle(
    batch: readonly WaitingEntry[],
    { results, begunAt }: { results: readonly EntryResult[]; begunAt: number },
  ): void {
    this.#become("available");
    if (batch.length === 0) return;
    this.#batches++;
    this.#entries += batch.length;
    this.#options.onBatch?.({ entries: batch.length, durationMs: this.#options.clock.monotonic() - begunAt });
    batch.forEach(({ resolve }, index) => resolve(results[index]!));
  }

  #keepOutcomes(batch: readonly WaitingEntry[], reason: RuntimeError): WaitingEntry[] {
    rejectAll([...batch.filter(({ urgency }) => urgency === "append"), ...this.#queue.takeAppends()], reason);
    return batch.filter(({ urgency }) => urgency === "outcome");
  }

  #become(health: StorageHealth): void {
    if (this.#health === health) return;
    this.#health = health;
    this.#options.onHealth?.(health);
  }

  #fail(error: RuntimeError, batch: readonly WaitingEntry[]): void {
    const deliberate = this.#ended !== undefined || error.code === "stopping";
    this.#end(error);
    rejectAll(batch, error);
    if (!deliberate) this.#options.onFatal?.(error);
  }

  #end(error: RuntimeError): void {
    this.#ended ??= error;
    this.#closing.abort();
    rejectAll(this.#queue.takeAll(), this.#ended);
  }
}

function rejectAll(waiting: readonly WaitingEntry[], reason: RuntimeError): void {
  for (const { reject } of waiting) reject(reason);
}
