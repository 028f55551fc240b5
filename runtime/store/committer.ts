import { sleep } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { type BatchResult, type BatchUnderWay, rejectAll, writeTo } from "./batch_under_way.ts";
import { refusals } from "./commit_refusals.ts";
import { CommitQueue, type Urgency, type WaitingEntry } from "./commit_queue.ts";
import type { CommitterOptions, CommitterStats, StorageHealth, WrittenStore } from "./committer_contract.ts";
import type { EntryResult, StorageRoom, StoreEntry } from "./contract.ts";
import { entryBytes } from "./entry_size.ts";
import { KeptEntries } from "./kept_entries.ts";

const DEFAULTS = { maxEntries: 1_024, maxBytes: 1024 * 1024, maxQueued: 20_000 };
/** Worth a batch behind another: so much of what one may hold, or as many as the other has but no fewer than these. */
const [WORTH_A_BATCH, LEAST_BEHIND] = [1 / 4, 16];
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Group commit: the one way into the store. A commit waits for the disk, whatever its size; what comes meanwhile is the next.
 *
 *     idle ──commit──► writing ──done, nothing waits──► idle
 *                       │   ▲ └─done, more waits──► writing
 *         storage fails │   │ the same outcomes, or a probe, could be written, and there is room for more
 *                       ▼   │
 *                     unavailable (a pause of 50 ms, doubled up to 2 s, then again)
 *
 *     any ──fenced, corrupt, or the store does not know──► ended      any ──close──► ended
 *
 * No timer comes before a batch: an idle store commits one entry at once (with those of the same turn of the event loop), a
 * busy one hundreds together. A batch holds at most 1,024 entries or 1 MiB: beyond that each waits longer for nothing.
 *
 * While writing, the store has one batch in its hands, or two:
 *
 *     one ──as many wait as it has, or a quarter of a batch, and all is well──► two ──the first is done──► one
 *
 * so that it need not wait for this thread. Fewer, or less than 16, wait until the first is done: small batches would only
 * become more. So a few who each wait for an answer are in two batches of a size by turns: one is written while the other
 * is answered. The second is handed over with `writeNext`, which is not written unless the first was: the store sees to
 * that, as here nobody knows yet. It is handed over before the callers of a batch that is done hear of it; results are
 * looked at in order. While the storage is not well or has not ample room there is one batch at a time.
 *
 * Invariants
 * - A caller's promise resolves after the batch of its entry is durable, never before: this is where "acknowledged" gets
 *   its meaning. It is settled exactly once.
 * - Outcomes are written in the order in which they were given, and first: finishing work makes room, starting work takes
 *   it. But while both wait, a quarter of each batch is the appends'. Appends of one tenant keep their order; tenants take
 *   turns, so the flood of one delays another by at most one entry per tenant.
 * - Waiting appends are bounded (`overloaded`). Outcomes answer deliveries, which are bounded where those are made.
 *
 * When it fails
 * - A refused entry is a result like any other; it disturbed nobody.
 * - `storage-unavailable` (full, locked, read-only): the store kept nothing of the batch. Its outcomes stay here and are
 *   tried again, in the same order, until they are written; appends, in the batch and waiting, are rejected so that whoever
 *   offered them hears so now, and new ones are refused at once. With no outcome to write, an empty batch asks whether the
 *   storage is back. `onHealth` tells both changes.
 * - With a second batch behind the one that failed, neither was written. When the store has said so of both, the outcomes
 *   of both are kept, in order, and the appends of both rejected.
 * - The store is `short` of room: it is unavailable likewise, but outcomes and clearing go on, clearing first, and where they
 *   find no room, in ever smaller batches; so little room is enough for what makes more of it.
 * - `fenced`, `storage-corrupt`, anything the store does not explain: going on could do harm. All that wait are rejected
 *   with that error, so is every later commit, and `onFatal` is told.
 * - The process dies: what was not acknowledged may or may not be there, and may come again.
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
    this.#queue.add({ entry, urgency, bytes: entryBytes(entry), resolve, reject });
    if (this.#pause.early) this.#pause.over.abort();
    this.#running ??= this.#run();
    if (this.#underWay.length > 0) this.#beginMore();
    return promise;
  }

  /** Resolves when nothing waits or is being written any more; while the storage is unavailable that may take long. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Rejects what still waits as `stopping`; the store settles what is under way. To be drained before. */
  close(): void {
    this.#end(refusals.closed());
  }

  stats(): CommitterStats {
    return { batches: this.#batches, entries: this.#entries, queued: this.#queue.length };
  }

  #turnsAway(): RuntimeError | undefined {
    if (this.#health === "unavailable") return refusals.unavailable();
    const { maxQueued } = this.#options;
    return this.#queue.appends < maxQueued ? undefined : refusals.overloaded(maxQueued);
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
      if (clearing !== undefined) this.#kept.putFirst([clearing]);
    }
    const { maxBytes } = this.#options;
    const maxEntries = Math.min(this.#options.maxEntries, this.#kept.atOnce);
    return this.#kept.length > 0 ? this.#kept.take(maxEntries) : this.#queue.take({ maxEntries, maxBytes });
  }

  #begin(): void {
    const call = this.#underWay.length === 0 ? "write" : "writeNext";
    const entries = this.#nextBatch();
    const begunAt = this.#options.clock.monotonic();
    this.#underWay.push({ entries, begunAt, result: writeTo(this.#store, entries, call) });
  }

  /** As many batches as the store may have now. */
  #beginMore(): void {
    while (this.#mayBegin && this.#isWell) this.#begin();
  }

  get #mayBegin(): boolean {
    const [first, second] = this.#underWay;
    if (first === undefined) return this.#waits;
    if (second !== undefined || this.#store.writeNext === undefined) return false;
    const { maxEntries, maxBytes } = this.#options;
    const enough = Math.min(Math.max(LEAST_BEHIND, first.entries.length), maxEntries * WORTH_A_BATCH);
    return this.#queue.length >= enough || this.#queue.bytes >= maxBytes * WORTH_A_BATCH;
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

  #settle(
    batch: readonly WaitingEntry[],
    { results, begunAt }: { results: readonly EntryResult[]; begunAt: number },
  ): void {
    if (this.#room === "short") this.#refuseAppends(refusals.noRoom());
    else this.#become("available");
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
    rejectAll(this.#queue.takeAppends(), reason);
  }

  #become(health: StorageHealth, reason?: string): void {
    if (this.#health === health) return;
    this.#health = health;
    this.#options.onHealth?.(health, reason);
  }

  #fail(error: RuntimeError, batch: readonly WaitingEntry[]): void {
    const isDeliberate = this.#ended !== undefined || error.code === "stopping";
    this.#end(error);
    rejectAll(batch, error);
    if (!isDeliberate) this.#options.onFatal?.(error);
  }

  #end(error: RuntimeError): void {
    this.#ended ??= error;
    this.#pause.over.abort();
    rejectAll([...this.#kept.take(Infinity), ...this.#queue.takeAll()], this.#ended);
  }
}
