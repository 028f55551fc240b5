import type { EventDraft } from "../actor/journal.ts";
import type { Clock } from "../core/clock.ts";
import type { StoredEvent, StoreReads } from "../store/contract.ts";
import { createPages, type Pages } from "./pages.ts";
import { createRounds, type Rounds } from "./rounds.ts";
import { createTail, type Tail } from "./tail.ts";

/*
 * The feed: how readers follow a tenant's event log.
 *
 * Model. A tenant's events are numbered 1, 2, 3... in commit order. A reader is a cursor, the number of the last event
 * it has; it holds no queue. `next` answers what follows the cursor: from the tail, which keeps the newest events of
 * tenants that are being followed, or from the store when the reader is further behind. Those who have everything wait
 * together: one walk a tenant tells them all, at once when little happens, of many commits together when much does.
 * Readers at the same place get the same array, so that what is made of it can be made once.
 *
 * Invariants.
 * - What a reader gets is cursor + 1, cursor + 2, ...: no gap, no duplicate, no disorder, over any number of resumes.
 * - An event is told only after the commit that made it true.
 * - If retention has removed what the reader missed, it is told so, once, and goes on from the trim mark. A stored mark
 *   decides this, not the absence of rows.
 *
 * Failure. A reader that goes away costs nothing that stays. A commit that the feed is not told of (there is none: the
 * store is wrapped) would show as a hole in the tail; the tail then starts anew and readers turn to the store. A log
 * that cannot be read ends the reading: the reader comes back.
 */

/** What a reader finds after its cursor. */
export type FeedStep =
  | { readonly step: "events"; readonly events: readonly StoredEvent[] }
  /** Events up to and including `trimmedTo` are gone; the cursor goes on from there. */
  | { readonly step: "gap"; readonly trimmedTo: number }
  /** The id is beyond the log (of another life of the file, or made up): the cursor goes on from `last`. */
  | { readonly step: "future"; readonly last: number };

/** Called once; null when the reader has ended, the feed has closed, or the log cannot be read. */
export type FeedAnswer = (step: FeedStep | null) => void;

export interface Feed {
  /** Whether anybody wants to be told of the tenant's commits. */
  isFollowed(tenant: string): boolean;
  /** Told by the store's wrapper after each commit, in commit order. `first` is the number of the first event. */
  committed(tenant: string, at: number, numbered: { first: number; events: readonly EventDraft[] }): void;
  /** Number of the tenant's newest event; 0 when there is none. */
  last(tenant: string): Promise<number>;
  /** A reader that has seen everything up to and including `after`. */
  follow(tenant: string, after: number): FeedReader;
  /** All questions are answered null, now and from now on. */
  close(): void;
}

export interface FeedReader {
  /** Number of the last event that was answered, or where it started. */
  readonly cursor: number;
  /** Asks for what follows. Answered within the call when that is at hand. One question at a time. */
  next(answer: FeedAnswer): void;
  /** Ends the reading: the tenant's newest events are kept in memory only while someone follows. */
  end(): void;
}

/** What the readers of one tenant share. */
interface Followed {
  readonly tenant: string;
  readonly read: StoreReads;
  readonly tail: Tail;
  readonly rounds: Rounds<Cursor>;
  readers: number;
  readonly pages: Pages;
  readonly isClosed: () => boolean;
  readonly onLeft: () => void;
}

export function createFeed(read: StoreReads, clock: Clock): Feed {
  const all = new Map<string, Followed>();
  let closed = false;
  const follow = (tenant: string): Followed => {
    const tail = createTail();
    const rounds = createRounds<Cursor>({ clock, begin: tail.show, wake: (reader) => reader.advance() });
    const onLeft = () => {
      if (--followed.readers > 0) return;
      all.delete(tenant);
      rounds.close();
    };
    const followed: Followed = {
      ...{ tenant, read, tail, rounds, pages: createPages(read, tenant), readers: 0 },
      isClosed: () => closed,
      onLeft,
    };
    return followed;
  };
  const followedOf = (tenant: string): Followed => {
    let followed = all.get(tenant);
    if (followed === undefined) {
      followed = follow(tenant);
      all.set(tenant, followed);
    }
    return followed;
  };
  return {
    isFollowed: (tenant) => all.has(tenant),
    committed(tenant, at, { first, events }) {
      const followed = all.get(tenant);
      if (followed === undefined) return;
      followed.tail.push(events.map((event, index) => ({ ...event, number: first + index, at })));
      followed.rounds.news();
    },
    async last(tenant) {
      return (await read.logMark(tenant)).last;
    },
    follow(tenant, after) {
      const followed = followedOf(tenant);
      followed.readers++;
      return new Cursor(after, followed);
    },
    close() {
      closed = true;
      for (const { rounds } of all.values()) rounds.close();
    },
  };
}

/** idle ──next()──► asked ──answered──► idle; asked: waiting for a round, or for the store. */
class Cursor implements FeedReader {
  cursor: number;
  readonly #of: Followed;
  #answer: FeedAnswer | null = null;
  /** Whether the log's marks have been looked at since it began or was told of something that does not follow. */
  #checked = false;
  #ended = false;

  constructor(after: number, of: Followed) {
    this.cursor = after;
    this.#of = of;
  }

  next(answer: FeedAnswer): void {
    this.#answer = answer;
    this.advance();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#of.rounds.leave(this);
    this.#of.onLeft();
    this.#settle(null);
  }

  /** Answers, or sees to it that this is called again when there may be more. */
  advance(): void {
    const { tail, rounds } = this.#of;
    if (this.#answer === null) return;
    if (this.#ended || this.#of.isClosed()) return this.#settle(null);
    if (!this.#checked) return this.#await(this.#check());
    const events = tail.after(this.cursor);
    if (events === undefined) return this.#await(this.#readOn());
    if (events.length === 0) rounds.wait(this);
    else this.#take(events);
  }

  #await(work: Promise<void>): void {
    work.catch(() => this.#settle(null));
  }

  async #check(): Promise<void> {
    const { tenant, read, tail } = this.#of;
    const { version } = tail;
    const { last, trimmedTo } = await read.logMark(tenant);
    this.#checked = true;
    if (this.cursor > last) this.#settle({ step: "future", last: this.cursor = last });
    else if (this.cursor < trimmedTo) this.#settle({ step: "gap", trimmedTo: this.cursor = trimmedTo });
    else if (this.cursor === last) this.#waitSince(version);
    else this.advance();
  }

  async #readOn(): Promise<void> {
    const { pages, tail } = this.#of;
    const { version, events } = pages.after(this.cursor, tail.version);
    const page = await events;
    if (this.#ended || this.#of.isClosed()) return this.#settle(null);
    if (page.length > 0) this.#take(page);
    else this.#waitSince(version);
  }

  /** There was nothing at that version. */
  #waitSince(version: number): void {
    const { tail, rounds } = this.#of;
    if (this.#ended || this.#of.isClosed() || tail.version !== version) this.advance();
    else rounds.wait(this);
  }

  #take(events: readonly StoredEvent[]): void {
    if (events[0]!.number !== this.cursor + 1) {
      this.#checked = false;
      return this.advance();
    }
    this.cursor = events.at(-1)!.number;
    this.#settle({ step: "events", events });
  }

  #settle(step: FeedStep | null): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.(step);
  }
}
