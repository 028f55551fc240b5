import type { EventDraft } from "../actor/journal.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { StoreReads } from "../store/contract.ts";
import { createOwnIntake, createSharedIntake } from "./intake.ts";
import { createPages } from "./pages.ts";
import { createReadingSlots } from "./reading_slots.ts";
import { Cursor, type FeedReader, type Followed } from "./reader.ts";
import { createRounds } from "./rounds.ts";
import { createTail } from "./tail.ts";

export type { FeedAnswer, FeedReader, FeedStep } from "./reader.ts";

/*
 * The feed: how readers follow a tenant's event log.
 *
 * Model. A tenant's events are numbered 1, 2, 3... in commit order. A reader is a cursor, the number of the last event
 * it has; it holds no queue. `next` answers what follows the cursor: from the tail, which keeps the newest events of
 * tenants that are being followed, or from the store when the reader is further behind. Those who have everything wait
 * together: one walk a tenant tells them all, at once when little happens, of many commits together when much does.
 * Readers at the same place get the same array, so that what is made of it can be made once.
 *
 * On a store that several nodes share the log has events that this node did not commit. The feed is told that there may be
 * news of a tenant (a hint), or looks where the logs of all followed tenants stand (a poll): what is missing is read into
 * the tail, once for all readers of the tenant and of followed tenants only; `intake.ts` says how.
 *
 * Invariants.
 * - What a reader gets is cursor + 1, cursor + 2, ...: no gap, no duplicate, no disorder, over any number of resumes.
 * - An event is told only after the commit that made it true.
 * - Numbers are given in commit order, so when an event can be read, so can all before it: a hole in what the tail was told
 *   is others' commits, and reading it closes it. Neither hints nor polls carry events, so however they are lost, late or
 *   doubled, they decide only when a reader gets an event: after the next poll at the latest.
 * - A number means the same event on every node, so a reader that moves goes on with its id.
 * - If retention has removed what the reader missed, it is told so, once, and goes on from the trim mark. A stored mark
 *   decides this, not the absence of rows.
 *
 * Failure. A reader that goes away costs nothing that stays. On a store of this node's own, a commit that the feed is not
 * told of (there is none: the store is wrapped) would show as a hole in the tail; the tail then starts anew and readers turn
 * to the store. A log that cannot be read ends the reading: the reader comes back. Of a shared store that is away the
 * readers wait, and look every second whether it is there again. A log whose newest events are lost with the database
 * (a failover to a copy that lags) is beyond this: readers may miss those that take their numbers.
 */

export interface Feed {
  /** Whether anybody wants to be told of the tenant's commits. */
  isFollowed(tenant: string): boolean;
  /** Told by the store's wrapper after each commit, in commit order. `first` is the number of the first event. */
  committed(tenant: string, at: number, numbered: { first: number; events: readonly EventDraft[] }): void;
  /** Others may have committed events of the tenant. */
  news(tenant: string): void;
  /** Looks whether others have committed events of the tenants that are followed; of a shared store that is away, later. */
  poll(): Promise<void>;
  /** The tenants of all readers. */
  followed(): readonly string[];
  /** Number of the tenant's newest event; 0 when there is none. */
  last(tenant: string): Promise<number>;
  /** A reader that has seen everything up to and including `after`. */
  follow(tenant: string, after: number): FeedReader;
  /** All questions are answered null, now and from now on. */
  close(): void;
}

/** Reads of other nodes' events at once. */
const READS_AT_ONCE = 4;
/** Log marks that one statement reads. */
const MARKS_AT_ONCE = 1_000;

export interface FeedOptions {
  /** Others write to the store, too. */
  readonly isShared?: boolean;
}

export function createFeed(read: StoreReads, clock: Clock, { isShared = false }: FeedOptions = {}): Feed {
  const all = new Map<string, Followed>();
  const slots = createReadingSlots(READS_AT_ONCE);
  const createIntake = isShared ? createSharedIntake : createOwnIntake;
  let polling: Promise<void> | null = null;
  let closed = false;
  const follow = (tenant: string): Followed => {
    const tail = createTail();
    const rounds = createRounds<Cursor>({ clock, begin: tail.show, wake: (reader) => reader.advance() });
    const intake = createIntake({ tenant, read, clock, tail, slots, told: rounds.news });
    const onLeft = () => {
      if (--followed.readers > 0) return;
      all.delete(tenant);
      intake.close();
      rounds.close();
    };
    const followed: Followed = {
      ...{ tail, intake, rounds, pages: createPages(read, tenant), readers: 0 },
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
  const poll = async () => {
    const tenants = [...all.keys()];
    for (let from = 0; from < tenants.length && !closed; from += MARKS_AT_ONCE) {
      const some = tenants.slice(from, from + MARKS_AT_ONCE);
      const marks = await read.logMarks(some);
      marks.forEach(({ last }, index) => all.get(some[index]!)?.intake.seen(last));
    }
  };
  return {
    isFollowed: (tenant) => all.has(tenant),
    committed(tenant, at, { first, events }) {
      const followed = all.get(tenant);
      if (followed === undefined) return;
      followed.intake.committed(events.map((event, index) => ({ ...event, number: first + index, at })));
    },
    news: (tenant) => all.get(tenant)?.intake.news(),
    poll: () => polling ??= poll().catch(passOver).finally(() => polling = null),
    followed: () => [...all.keys()],
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
      for (const { intake, rounds } of all.values()) {
        intake.close();
        rounds.close();
      }
    },
  };
}

/** The next poll sees what this one did not. */
function passOver(thrown: unknown): void {
  if (!(thrown instanceof RuntimeError && thrown.retryable)) throw thrown;
}
