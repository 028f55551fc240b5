import type { EventDraft } from "../actor/journal.ts";
import type { StoredEvent, StoreReads } from "../store/contract.ts";
import { createTail, type Tail } from "./tail.ts";

/*
 * The feed: how readers follow a tenant's event log.
 *
 * Model. A tenant's events are numbered 1, 2, 3... in commit order. A reader is a cursor, the number of the last event
 * it has; it holds no queue. `next` answers what follows the cursor: from the tail, which keeps the newest events of
 * tenants that are being followed, or from the store when the reader is further behind.
 *
 * Invariants.
 * - What a reader gets is cursor + 1, cursor + 2, ...: no gap, no duplicate, no disorder, over any number of resumes.
 * - An event is told only after the commit that made it true.
 * - If retention has removed what the reader missed, it is told so, once, and goes on from the trim mark. A stored mark
 *   decides this, not the absence of rows.
 *
 * Failure. A reader that goes away costs nothing that stays. A commit that the feed is not told of (there is none: the
 * store is wrapped) would show as a hole in the tail; the tail then starts anew and readers turn to the store.
 */

/** What a reader finds after its cursor. */
export type FeedStep =
  | { readonly step: "events"; readonly events: readonly StoredEvent[] }
  /** Events up to and including `trimmedTo` are gone; the cursor goes on from there. */
  | { readonly step: "gap"; readonly trimmedTo: number }
  /** The id is beyond the log (of another life of the file, or made up): the cursor goes on from `last`. */
  | { readonly step: "future"; readonly last: number };

export interface Feed {
  /** Whether anybody wants to be told of the tenant's commits. */
  isFollowed(tenant: string): boolean;
  /** Told by the store's wrapper after each commit, in commit order. `first` is the number of the first event. */
  committed(tenant: string, at: number, numbered: { first: number; events: readonly EventDraft[] }): void;
  /** Number of the tenant's newest event; 0 when there is none. */
  last(tenant: string): Promise<number>;
  /** A reader that has seen everything up to and including `after`. */
  follow(tenant: string, after: number): FeedReader;
  /** Wakes all readers; from now on `next` answers null. */
  close(): void;
}

export interface FeedReader {
  /** Number of the last event that was answered, or where it started. */
  readonly cursor: number;
  /**
   * What follows, as soon as there is something; null when the signal aborts or the feed closes.
   * One call at a time.
   */
  next(signal: AbortSignal): Promise<FeedStep | null>;
  /** Ends the reading: the tenant's newest events are kept in memory only while someone follows. */
  end(): void;
}

const PAGE = 256;

export function createFeed(read: StoreReads): Feed {
  const tails = new Map<string, Tail>();
  let closed = false;
  const tailOf = (tenant: string): Tail => {
    let tail = tails.get(tenant);
    if (tail === undefined) tails.set(tenant, tail = createTail());
    return tail;
  };
  return {
    isFollowed: (tenant) => tails.has(tenant),
    committed(tenant, at, { first, events }) {
      tails.get(tenant)?.push(events.map((event, index) => ({ ...event, number: first + index, at })));
    },
    async last(tenant) {
      return (await read.logMark(tenant)).last;
    },
    follow(tenant, after) {
      const tail = tailOf(tenant);
      tail.readers++;
      let cursor = after;
      let checked = false;
      let ended = false;
      return {
        get cursor() {
          return cursor;
        },
        async next(signal) {
          for (;;) {
            if (closed || ended || signal.aborted) return null;
            if (!checked) {
              checked = true;
              const mark = await read.logMark(tenant);
              if (cursor > mark.last) return { step: "future", last: cursor = mark.last };
              if (cursor < mark.trimmedTo) return { step: "gap", trimmedTo: cursor = mark.trimmedTo };
            }
            const seen = tail.version;
            const events = tail.after(cursor, PAGE) ?? await read.events(tenant, { after: cursor, limit: PAGE });
            if (events.length > 0) {
              if (events[0]!.number !== cursor + 1) {
                checked = false;
                continue;
              }
              cursor = events.at(-1)!.number;
              return { step: "events", events };
            }
            if (await tail.changed(seen, signal) === "ended") return null;
          }
        },
        end() {
          if (ended) return;
          ended = true;
          if (--tail.readers === 0) tails.delete(tenant);
        },
      };
    },
    close() {
      closed = true;
      for (const tail of tails.values()) tail.wakeAll();
    },
  };
}
