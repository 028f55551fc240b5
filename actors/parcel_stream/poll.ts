import type { z } from "zod";
import type { Context } from "../authoring.ts";
import { commitChunks } from "./commit_chunks.ts";
import { type FetchedPage, fetchPage } from "./fetch_page.ts";
import { type Judged, judgeEvents } from "./judge_events.ts";
import { streamAt, type streamMessages } from "./messages.ts";
import { idleWaitMs, retryWaitMs, sharedWaitMs, smoothedRate } from "./pace.ts";
import type { KnownParcel } from "./queries.ts";
import type { StreamRow } from "./rows.ts";
import { parcelTables } from "./tables.ts";
import { takeIn } from "./take_in.ts";

const { queries, writes } = parcelTables;

/** Other messages of the stream, as pushed events, come between two polls; and so does the end of the process. */
const LONGEST_POLL_MS = 2_000;
/** Unhandled messages of one consumer that the stream still adds to: about as many pages. */
const MOST_BACKLOG = 8;
const BACKLOG_WAIT_MS = 200;
/** Parcels that one poll remembers. */
const MOST_KNOWN = 50_000;
/** Beyond it the wait does not grow. */
const MOST_IDLE = 10;
const ERROR_CHARS = 1_000;

type Poll = z.output<typeof streamMessages.poll>;
type Failure = Extract<FetchedPage, { readonly failure: unknown }>["failure"];
type JudgedPage =
  | { readonly count: number; readonly judged: readonly Judged[] }
  | { readonly failure: Failure };

const UNREADABLE: Failure = {
  reason: "A full page holds no event that can be read, so it cannot be known what follows it: all were set aside",
  retryAfterMs: 0,
};

/**
 * Follows the source for a while, then tells the stream's actor to go on with it.
 *
 *   row says so ──► fetch ──► page ──full──► fetch the next one, commit this one ──► ...
 *                     │         └──short, empty──► commit it, poll again after a wait that grows while nothing comes
 *                     └──failed──► row says why, poll again after a backoff
 *
 * - A page is committed with the checkpoint, guarded by the epoch and the checkpoint that were read: where a person has
 *   paused, reset or removed the stream meanwhile the commit is refused as a whole, the message is tried again, finds
 *   another epoch and ends. Each decision of a person tells a `poll` of its own epoch, so there is one chain of polls.
 * - What is asked for next is what follows the last id of the page, not of the checkpoint: so a look-back that is longer
 *   than a page is read through, and a page without any later id than was asked for is never followed at once.
 * - With consumers the page is handed on in the same commit, as long as none of them has more than 8 messages waiting: that
 *   is looked up while the page before is committed, and counts that one.
 */
export async function* poll(
  { epoch, createdAt, idle = 0, from }: Poll,
  ctx: Context,
): AsyncGenerator<void, void, void> {
  const stream = await ctx.query(queries.stream, { name: ctx.self.key });
  if (stream === null || stream.epoch !== epoch || stream.status === "paused") return;
  if (createdAt !== undefined && createdAt !== stream.createdAt) return;
  yield* new Follower(ctx, stream, { idle, from }).follow();
}

class Follower {
  readonly #ctx: Context;
  readonly #stream: StreamRow;
  readonly #until: number;
  readonly #parcels = new Map<number, KnownParcel>();
  #idle: number;
  /** The next event id to ask for. */
  #cursor: number;
  #checkpoint: number;
  #failures: number;
  #rate: number;
  #polledAt: number;

  constructor(ctx: Context, stream: StreamRow, { idle, from }: { idle: number; from: number | undefined }) {
    this.#ctx = ctx;
    this.#stream = stream;
    this.#until = ctx.now() + LONGEST_POLL_MS;
    this.#idle = Math.min(idle + 1, MOST_IDLE);
    this.#cursor = from ?? Math.max(1, stream.checkpoint + 1 - stream.lookBack);
    this.#checkpoint = stream.checkpoint;
    this.#failures = stream.failures;
    this.#rate = stream.eventsPerSecond;
    this.#polledAt = stream.polledAt ?? ctx.now();
  }

  async *follow(): AsyncGenerator<void, void, void> {
    if (await this.#isTooFarAhead()) return this.#goOn(BACKLOG_WAIT_MS);
    let fetching: Promise<JudgedPage> = this.#fetch();
    for (;;) {
      const page = await fetching;
      this.#ctx.signal.throwIfAborted();
      if ("failure" in page) return this.#fail(page.failure);
      const { judged } = page;
      const isFull = page.count >= this.#stream.pageLimit;
      const getsOn = judged.length > 0 && judged.at(-1)!.id >= this.#cursor;
      if (getsOn) this.#cursor = judged.at(-1)!.id + 1;
      const isOver = !(isFull && getsOn) || this.#ctx.now() >= this.#until;
      if (!isOver) fetching = this.#fetch();
      const isTooFarAhead = isOver ? Promise.resolve(false) : this.#isTooFarAhead({ pages: 1 });
      // Whoever waits for it hears of it; a turn that ends before has no use for it.
      isTooFarAhead.catch(() => {});
      if (!(yield* this.#commit(judged, { behind: isFull ? 1 : 0 }))) return;
      if (isFull && !getsOn && judged.every((one) => "malformed" in one)) return this.#fail(UNREADABLE);
      if (isOver) return isFull && getsOn ? this.#goOn() : this.#rest();
      yield;
      if (await isTooFarAhead) return this.#goOn(BACKLOG_WAIT_MS);
    }
  }

  /** Its events are judged as soon as it is there: the page before may still be on its way to the disk. */
  async #fetch(): Promise<JudgedPage> {
    const from = this.#cursor;
    const page = await fetchPage(this.#ctx, this.#stream, from);
    if ("failure" in page) return page;
    return { count: page.events.length, judged: judgeEvents(page.events, { after: from - 1 }) };
  }

  /** `pages`: that are about to be handed on. */
  async #isTooFarAhead({ pages = 0 } = {}): Promise<boolean> {
    const { name, consumers } = this.#stream;
    if (consumers === 0) return false;
    const limit = MOST_BACKLOG - pages;
    return await this.#ctx.query(queries.backlog, { stream: name, consumers, limit }) >= limit;
  }

  /** Of several commits the last is left to whoever asks. False: there is no such stream any more. */
  async *#commit(judged: readonly Judged[], { behind }: { behind: 0 | 1 }): AsyncGenerator<void, boolean, void> {
    let isAnyNews = false;
    for (const chunk of commitChunks(judged, { stream: this.#stream.name })) {
      if (isAnyNews) yield;
      if (this.#parcels.size > MOST_KNOWN) this.#parcels.clear();
      const taken = await takeIn(this.#ctx, chunk, {
        stream: this.#stream,
        parcels: this.#parcels,
        repeatedTo: this.#checkpoint,
      });
      if (taken === null) return false;
      const from = this.#checkpoint;
      this.#checkpoint = Math.max(from, chunk.at(-1)?.id ?? 0);
      if (!taken.isNews && this.#checkpoint === from) continue;
      isAnyNews = true;
      const last = chunk.findLast((one) => "scan" in one && one.id > from);
      this.#advance({
        from,
        checkpoint: this.#checkpoint,
        lastEventAt: last !== undefined && "scan" in last ? last.scan.createdAt : null,
        count: taken.scans.length,
        behind,
      });
    }
    if (isAnyNews) this.#idle = 0;
    else this.#note({ behind });
    return true;
  }

  #advance(page: Pick<StreamRow, "checkpoint" | "lastEventAt" | "behind"> & { from: number; count: number }): void {
    this.#failures = 0;
    this.#ctx.write(writes.advanced, { ...this.#at(page.count), ...page });
  }

  #note({ behind }: { behind: 0 | 1 }): void {
    this.#failures = 0;
    this.#ctx.write(writes.polled, { ...this.#at(0), behind });
  }

  #at(count: number): { name: string; epoch: number; at: number; eventsPerSecond: number } {
    const { name, epoch } = this.#stream;
    const at = this.#ctx.now();
    this.#rate = smoothedRate(this.#rate, { count, elapsedMs: at - this.#polledAt });
    this.#polledAt = at;
    return { name, epoch, at, eventsPerSecond: this.#rate };
  }

  #fail({ reason, retryAfterMs }: Failure): void {
    const { name, epoch, pollIntervalMs } = this.#stream;
    const failures = this.#failures + 1;
    const lastError = reason.slice(0, ERROR_CHARS);
    this.#ctx.log.warn("page failed", { stream: name, failures, reason: lastError });
    this.#ctx.write(writes.failed, { name, epoch, failures, lastError, at: this.#ctx.now() });
    this.#goOn(retryWaitMs({ pollIntervalMs, failures, retryAfterMs, random: this.#ctx.random }));
  }

  #rest(): void {
    const { pollIntervalMs } = this.#stream;
    const waitMs = idleWaitMs({ pollIntervalMs, idle: this.#idle, random: this.#ctx.random });
    this.#poll({ idle: this.#idle }, sharedWaitMs(waitMs, { now: this.#ctx.now() }));
  }

  /** From where it is: without looking back again. */
  #goOn(delayMs = 0): void {
    this.#poll({ from: this.#cursor }, delayMs);
  }

  #poll(payload: Pick<Poll, "idle" | "from">, delayMs: number): void {
    const { name, epoch, createdAt } = this.#stream;
    this.#ctx.tell(streamAt(this.#ctx.tenant, name), "poll", { epoch, createdAt, ...payload }, { delayMs });
  }
}
