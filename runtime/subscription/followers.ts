import type { EventDraft } from "../actor/journal.ts";
import type { SubscriptionRow } from "./row_types.ts";

/** One subscription, on the node that sends for it. */
export interface Follower {
  /** As it was written last. */
  row: SubscriptionRow;
  types: ReadonlySet<string>;
  /** All events up to this number have been looked at for it; what its row says lies behind, where none of them was sent. */
  position: number;
  /** By the monotonic clock: until then nothing is tried. */
  heldUntil: number;
}

/**
 * The subscriptions of one tenant, and which of its events are known to be none of theirs: of what this node commits, so that
 * only what somebody wants is read from the log.
 */
export interface Followers {
  readonly tenant: string;
  readonly all: ReadonlyMap<string, Follower>;
  /** One that is there already stays where it is: what is known here is newer. */
  put(row: SubscriptionRow, types: readonly string[]): void;
  drop(id: string): void;
  /** Events of one commit, in commit order, numbered from `first` on. Answers whether somebody wants one of them. */
  committed(first: number, events: readonly EventDraft[]): boolean;
  /** The last number of those after `position` that nobody wants, as far as that is known; `position` when nothing is. */
  passed(position: number): number;
  /** Up to which there is nothing to read; 0 when nothing is known. */
  readonly clearTo: number;
}

export function createFollowers(tenant: string): Followers {
  const all = new Map<string, Follower>();
  let wanted = new Set<string>();
  /** Nobody wants an event in (from, to]. */
  let clear = { from: 0, to: 0 };
  const recount = () => {
    wanted = new Set([...all.values()].flatMap(({ types }) => [...types]));
    clear = { from: 0, to: 0 };
  };
  return {
    tenant,
    all,
    put(row, types) {
      const before = all.get(row.id);
      if (before === undefined) all.set(row.id, { row, types: new Set(types), position: row.cursor, heldUntil: 0 });
      else if (isSame(before.types, types)) return;
      else before.types = new Set(types);
      recount();
    },
    drop(id) {
      if (all.delete(id)) recount();
    },
    committed(first, events) {
      if (events.some(({ type }) => wanted.has(type))) return true;
      const to = first + events.length - 1;
      clear = clear.to === first - 1 ? { from: clear.from, to } : { from: first - 1, to };
      return false;
    },
    passed: (position) => clear.from <= position && position < clear.to ? clear.to : position,
    get clearTo() {
      return clear.to;
    },
  };
}

function isSame(known: ReadonlySet<string>, types: readonly string[]): boolean {
  return types.length === known.size && types.every((type) => known.has(type));
}
