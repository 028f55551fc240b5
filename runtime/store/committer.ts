import { type Clock, sleep } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { CommitQueue, type Urgency, type WaitingEntry } from "./commit_queue.ts";
import type { EntryResult, StorageRoom, Store, StoreEntry } from "./contract.ts";
import { entryBytes } from "./entry_size.ts";
import { KeptEntries } from "./kept_entries.ts";

export interface CommitterOptions {
  readonly clock: Clock;
  /** Entries of one batch at most; 1,024 by default. */
  readonly maxEntries?: number;
  /** Of one batch, unless a single entry is larger; 1 MiB by default. */
  readonly maxBytes?: number;
  /** Appends that may wait; 20,000 by default. */
  readonly maxQueued?: number;
  /** `reason` when it became unavailable. */
  readonly onHealth?: (health: StorageHealth, reason?: string) => void;
  /** Told after the write that changed it. */
  readonly onRoom?: (room: StorageRoom) => void;
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

/** What the committer needs of the store. */
export type WrittenStore = Pick<Store, "write" | "writeNext" | "room">;

const DEFAULTS = { maxEntries: 1_024, maxBytes: 1024 * 1024, maxQueued: 20_000 };
/** The part of what a batch may hold that is worth one behind another. */
const WORTH_A_BATCH = 1 / 4;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
const NO_ROOM = "The disk is full: no new work is taken until there is room, on it or inside the database";

export function createCommitter(store: WrittenStore, options: CommitterOptions): Committer {
  return new Committer(store, options);
}

/**
 * Group commit: the one way into the store. A commit costs a wait for the disk, nearly whatever its size; so what arrives
 * while a batch is being written becomes the next one.
 *
 *     idle ──commit──► writing ──done, nothing waits──► idle
 *                       │   ▲ └─done, more waits──► writing
 *         storage fails │   │ the same outcomes, or a probe, could be written, and there is room for more
 *                       ▼   │
 *                     unavailable (a pause of 50 ms, doubled up to 2 s, then again)
 *
 *     any ──fenced, corrupt, or the store does not know──► ended      any ──close──► ended
 *
 * There is no timer before a batch: an idle store commits one entry at once (with those of the same turn of the event
 * loop), a busy one hundreds together, and how many is settled by how long the disk takes. A batch holds at most 1,024
 * entries or 1 MiB, because beyond that each entry waits longer and the next batch grows, without more throughput.
 *
 * While writing, the store has one batch in its hands, or two:
 *
 *     one ──a quarter of a batch waits, and all is well──► two ──the first is done──► one
 *
 * so that it need not wait for this thread, which may be busy when a result comes. Less than that waits until the first is
 * done: of small batches it would only become more. The second is handed over with `writeNext`, which is not written
 * unless the first was: that is for the store to see to, as here nobody knows yet. When a batch is done, what comes next is
 * handed over before the callers of that one hear of theirs: what they make of it costs the store no time. Results are
 * looked at in the order of the batches, each after the one before was settled; so no caller can tell the difference, but
 * for what it commits in answer, which comes a batch or two later. While the storage is not well or has not ample room,
 * there is one batch at a time, begun when the last was dealt with; so there is where the store has no `writeNext`.
 *
 * Invariants
 * - A caller's promise resolves after the batch of its entry is durable, never before: this is where "acknowledged" gets
 *   its meaning. It is settled exactly once.
 * - Outcomes are written in the order in which they were given, and first: finishing work makes room, starting work takes
 *   it. But while both wait, a quarter of each batch is the appends', so that no backlog keeps them waiting for ever.
 *   Appends of one tenant keep their order; tenants take turns, so the flood of one delays another by at most one entry
 *   per tenant.
 * - Waiting appends are bounded (`overloaded`). Outcomes are not, but they answer deliveries, which are bounded where
 *   those are made; to refuse an outcome would be to do its work twice.
 *
 * When it fails
 * - Entry by entry: a refused entry is a result like any other; the store has seen to it that it disturbed nobody.
 * - `storage-unavailable` (full, locked, read-only): the store kept nothing of the batch. Its outcomes stay here and are
 *   tried again, in the same order, until they are written; appends, in the batch and waiting, are rejected so that whoever
 *   offered them hears so now, and new ones are refused at once. With no outcome to write, an empty batch asks whether the
 *   storage is back. `onHealth` tells both changes.
 * - With a second batch behind the one that failed, neither was written. Nothing is done about the first until the store
 *   has said so of the second: then the outcomes of both are kept, those of the first in front, and the appends of both
 *   rejected. Where the first was written and the second fails, each is dealt with as if it had been alone.
 * - The store is `short` of room: it is unavailable likewise, but outcomes and clearing go on, clearing first, and where they
 *   find no room, in ever smaller batches; so little room is enough for what makes more of it. A batch that was handed over
 *   before that was known is written with its appends, if it finds room.
 * - `fenced`, `storage-corrupt`, anything the store does not explain: going on could do harm. All that wait are rejected
 *   with that error, so is every later commit, and `onFatal` is told.
 * - The process dies: what was not acknowledged may or may not be there, as for any lost answer. Messages whose outcomes
 *   were lost are delivered again.
 */
export class Committer {
  readonly #store: WrittenStore;
  readonly #options: CommitterOptions & typeof DEFAULTS;
  readonly #queue = new CommitQueue();
  readonly #kept = new KeptEntries();
  /** In the store's hands, in order; at most two. */
  readonly #underWay: BatchUnderWay[] = [];
  /** Between two tries while the storage is unavailable; `early`: the last one succeeded, so what comes need not wait. */
  #pause = { early: false, over: new AbortController() };
  #running: Promise<void> | undefined;
  /** Of what is in the queue. */
  #waitingBytes = 0;
  #room: StorageRoom = "ample";
  #health: StorageHealth = "available";
  #ended: RuntimeError | undefined;
  #batches = 0;
  #entries = 0;

  constructor(store: WrittenStore, options: CommitterOptions) {
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
    const bytes = entryBytes(entry);
    this.#queue.add({ entry, urgency, bytes, resolve, reject });
    this.#waitingBytes += bytes;
    if (this.#pause.early) this.#pause.over.abort();
    this.#running ??= this.#run();
    if (this.#underWay.length > 0) this.#beginMore();
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
    let pauseMs = FIRST_PAUSE_MS;
    while (this.#underWay.length > 0 || this.#hasReason) {
      if (this.#underWay.length === 0) this.#begin();
      this.#beginMore();
      const written = await this.#land();
      const goOn = this.#health === "available" || (written && this.#waits);
      if (!goOn && this.#underWay.length === 0 && this.#ended === undefined) {
        this.#pause = { early: written, over: new AbortController() };
        await sleep(this.#options.clock, pauseMs, this.#pause.over.signal).catch(() => {});
      }
      pauseMs = goOn ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
    this.#running = undefined;
  }

  /** Waits for the batch handed over first, and for the one behind a batch that failed; whether the first was written. */
  async #land(): Promise<boolean> {
    const results = [await this.#underWay[0]!.result];
    const written = !(results[0] instanceof RuntimeError);
    if (!written && this.#underWay.length > 1) results.push(await this.#underWay[1]!.result);
    const landed = this.#underWay.splice(0, results.length);
    const [next] = this.#underWay;
    if (next !== undefined) next.begunAt = this.#options.clock.monotonic();
    if (written) this.#beginMore();
    // The later first, so that what the earlier keeps comes to stand before it.
    for (const [index, batch] of [...landed.entries()].toReversed()) this.#dealWith(batch, results[index]!);
    return written;
  }

  /** To write, or to ask whether that works. */
  get #hasReason(): boolean {
    return this.#ended === undefined && (this.#waits || this.#health === "unavailable");
  }

  get #waits(): boolean {
    return this.#kept.length + this.#queue.length > 0;
  }

  /** While the storage is unavailable: clearing, then what was kept, then outcomes; empty, to ask, when there is nothing. */
  #nextBatch(): WaitingEntry[] {
    if (this.#health === "unavailable") {
      const clearing = this.#queue.takeClearing();
      if (clearing !== undefined) this.#kept.putFirst(this.#taken([clearing]));
    }
    const { maxBytes } = this.#options;
    const maxEntries = Math.min(this.#options.maxEntries, this.#kept.atOnce);
    return this.#kept.length > 0
      ? this.#kept.take(maxEntries)
      : this.#taken(this.#queue.take({ maxEntries, maxBytes }));
  }

  #taken(waiting: WaitingEntry[]): WaitingEntry[] {
    for (const { bytes } of waiting) this.#waitingBytes -= bytes;
    return waiting;
  }

  #begin(): void {
    const call = this.#underWay.length === 0 ? "write" : "writeNext";
    const entries = this.#nextBatch();
    const begunAt = this.#options.clock.monotonic();
    this.#underWay.push({ entries, begunAt, result: this.#write(entries, call) });
  }

  /** As many batches as the store may have now. */
  #beginMore(): void {
    while (this.#mayBegin && this.#isWell) this.#begin();
  }

  get #mayBegin(): boolean {
    if (this.#underWay.length === 0) return this.#waits;
    if (this.#underWay.length > 1 || this.#store.writeNext === undefined) return false;
    const { maxEntries, maxBytes } = this.#options;
    return this.#queue.length >= maxEntries * WORTH_A_BATCH || this.#waitingBytes >= maxBytes * WORTH_A_BATCH;
  }

  /** Nothing is amiss with the storage. */
  get #isWell(): boolean {
    const isAmple = this.#room === "ample" && (this.#store.room ?? "ample") === "ample";
    return isAmple && this.#health === "available" && this.#ended === undefined;
  }

  #dealWith({ entries, begunAt }: BatchUnderWay, result: BatchResult): void {
    const room = this.#store.room ?? "ample";
    this.#kept.tried(entries.length, { failed: result instanceof RuntimeError, room });
    if (room !== this.#room) this.#options.onRoom?.(this.#room = room);
    if (!(result instanceof RuntimeError)) this.#settle(entries, { results: result, begunAt });
    else if (result.code === "storage-unavailable") this.#keep(entries, result);
    else this.#fail(result, entries);
  }

  /** The results of a batch that is durable, or why it is not. */
  async #write(batch: readonly WaitingEntry[], call: "write" | "writeNext"): Promise<BatchResult> {
    try {
      return await this.#store[call]!(batch.map(({ entry }) => entry));
    } catch (thrown) {
      if (thrown instanceof RuntimeError) return thrown;
      return new RuntimeError("internal", "The store failed in an unknown way", { cause: thrown });
    }
  }

  #settle(
    batch: readonly WaitingEntry[],
    { results, begunAt }: { results: readonly EntryResult[]; begunAt: number },
  ): void {
    if (this.#room === "short") {
      this.#refuseAppends(new RuntimeError("storage-unavailable", NO_ROOM, { retryable: true }));
    } else this.#become("available");
    if (batch.length === 0) return;
    this.#batches++;
    this.#entries += batch.length;
    this.#options.onBatch?.({ entries: batch.length, durationMs: this.#options.clock.monotonic() - begunAt });
    batch.forEach(({ resolve }, index) => resolve(results[index]!));
  }

  #keep(batch: readonly WaitingEntry[], reason: RuntimeError): void {
    rejectAll(batch.filter(({ urgency }) => urgency === "append"), reason);
    this.#kept.putFirst(batch.filter(({ urgency }) => urgency !== "append"));
    this.#refuseAppends(reason);
    if (this.#ended !== undefined) this.#end(this.#ended);
  }

  #refuseAppends(reason: RuntimeError): void {
    this.#become("unavailable", reason.message);
    rejectAll(this.#taken(this.#queue.takeAppends()), reason);
  }

  #become(health: StorageHealth, reason?: string): void {
    if (this.#health === health) return;
    this.#health = health;
    this.#options.onHealth?.(health, reason);
  }

  #fail(error: RuntimeError, batch: readonly WaitingEntry[]): void {
    const deliberate = this.#ended !== undefined || error.code === "stopping";
    this.#end(error);
    rejectAll(batch, error);
    if (!deliberate) this.#options.onFatal?.(error);
  }

  #end(error: RuntimeError): void {
    this.#ended ??= error;
    this.#pause.over.abort();
    rejectAll([...this.#kept.take(Infinity), ...this.#taken(this.#queue.takeAll())], this.#ended);
  }
}

/** Why it was not written, or what became of each entry. */
type BatchResult = readonly EntryResult[] | RuntimeError;

interface BatchUnderWay {
  readonly entries: readonly WaitingEntry[];
  /** When it became the first. */
  begunAt: number;
  readonly result: Promise<BatchResult>;
}

function rejectAll(waiting: readonly WaitingEntry[], reason: RuntimeError): void {
  for (const { reject } of waiting) reject(reason);
}
