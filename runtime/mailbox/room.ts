import type { Clock } from "../core/clock.ts";

/** How many turns may be at the host at once: its slots, and at a fast pace as many as it ends in 20 ms. */
export interface Room {
  readonly free: number;
  readonly atHost: number;
  /** For one tenant: three quarters of all, so that one that floods leaves room for the next to begin. */
  readonly share: number;
  /**
   * Turns that are worth having here beyond those at the host: as many as end there while more are fetched. Of a host that
   * is slow there are none, as another node may have nothing to do.
   */
  readonly surplus: number;
  /** Those, and the room. */
  readonly worth: number;
  /**
   * Turns of one tenant in one go, with so many at work: twice as many as there are tenants, and at most so many that
   * all have had a go within a second; one where the pace fills no more than the slots. A turn of another tenant lies elsewhere in
   * the store, so where tenants are many, turns that come tenant by tenant change fewer pages in a commit; where they are
   * few, a commit has many of each anyway.
   */
  goes(tenants: number): number;
  taken(turns: number): void;
  /** Turns that came back. */
  ended(turns: number): void;
  /** The host has other slots now. */
  resize(slots: number): void;
}

const PACE_MS = 20;
const MOST_TURNS = 1_024;
/** In which each tenant has a go. */
const ROUND_MS = 1_000;
/** In which more can be fetched, as a part of the pace's time. */
const FETCHES = 2;
/** A pace that was measured longer ago says nothing. */
const STALE_MS = 1_000;

/** Little's law, as a bound: more waiting inside the host adds latency and unfairness, less leaves it idle. */
export function createRoom(clock: Clock, hostSlots: number): Room {
  let slots = hostSlots;
  let limit = slots;
  let outside = 0;
  let endedHere = 0;
  let pace = 0;
  let windowFrom = clock.monotonic();
  const isStale = () => clock.monotonic() - windowFrom > STALE_MS;
  return {
    get free() {
      return limit - outside;
    },
    get atHost() {
      return outside;
    },
    get share() {
      return Math.max(1, Math.ceil(limit * 0.75));
    },
    get surplus() {
      return isStale() ? 0 : FETCHES * pace;
    },
    get worth() {
      return isStale() ? slots : limit + FETCHES * pace;
    },
    goes(tenants) {
      const round = (limit - slots) * ROUND_MS / PACE_MS;
      return Math.max(1, Math.floor(Math.min(2 * tenants, round / tenants)));
    },
    taken(turns) {
      outside += turns;
    },
    ended(turns) {
      outside -= turns;
      endedHere += turns;
      const elapsedMs = clock.monotonic() - windowFrom;
      if (elapsedMs < PACE_MS) return;
      pace = Math.min(MOST_TURNS, Math.floor(endedHere * PACE_MS / elapsedMs));
      limit = Math.max(slots, Math.min(MOST_TURNS, Math.ceil(endedHere * PACE_MS / elapsedMs)));
      endedHere = 0;
      windowFrom = clock.monotonic();
    },
    resize(hostSlots) {
      slots = hostSlots;
      limit = Math.max(slots, limit);
    },
  };
}
