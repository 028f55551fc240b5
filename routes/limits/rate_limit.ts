import type { Clock } from "../../runtime/mod.ts";

/*
 * So many in a time for each of many, by the generic cell rate algorithm: who has not asked for a while may take a whole
 * quota at once, and what was taken comes back evenly. All that is known of one is the instant at which its quota is
 * whole again, so a request costs a look into a map.
 *
 * Why no library does this: rate-limiter-flexible's memory limiter sets a timer for each key, reads the machine's clock,
 * keeps as many keys as there are, and answers by promises that are rejected.
 *
 * Bounded: of more than `capacity` the one that asked least recently is forgotten, which gives it a whole quota.
 *
 * @see ITU-T I.371, Annex A (the virtual scheduling algorithm)
 */

export interface RateLimitOptions {
  /** How many in a window. */
  readonly quota: number;
  readonly windowMs: number;
  readonly clock: Pick<Clock, "monotonic">;
  /** How many are told apart. */
  readonly capacity: number;
}

/** Where one stands with its quota. */
export interface Standing {
  /** Until there is one again; 0 when there was. */
  readonly waitMs: number;
  readonly remaining: number;
  /** Until the whole quota is there again. */
  readonly wholeInMs: number;
}

export interface RateLimit {
  /** Takes one, if there is one; or several, if there is one: what was not there of them is owed before the next. */
  take(key: string, count?: number): Standing;
  /** As it is, without taking one. */
  look(key: string): Standing;
}

interface Taker {
  readonly key: string;
  /** When its quota is whole again; monotonic ms. */
  wholeAt: number;
}

/** Rounding must not refuse the last of a quota that does not divide its window. */
const ROUNDING_MS = 0.001;

export function createRateLimit({ quota, windowMs, clock, capacity }: RateLimitOptions): RateLimit {
  const eachMs = windowMs / quota;
  /** The least recent first. */
  const takers = new Map<string, Taker>();
  /** The last of them, which nearly always asks again. */
  let newest: Taker | null = null;

  const takerOf = (key: string): Taker => {
    if (newest?.key === key) return newest;
    let taker = takers.get(key);
    if (taker !== undefined) takers.delete(key);
    else {
      taker = { key, wholeAt: -Infinity };
      if (takers.size >= capacity) takers.delete(takers.keys().next().value!);
    }
    takers.set(key, taker);
    newest = taker;
    return taker;
  };
  const standing = (wholeInMs: number): Standing => ({
    waitMs: 0,
    remaining: Math.max(0, Math.floor((windowMs - wholeInMs + ROUNDING_MS) / eachMs)),
    wholeInMs,
  });
  const afterOne = (now: number, wholeAt: number): Standing => {
    const owedMs = Math.max(0, wholeAt - now);
    const waitMs = owedMs + eachMs - windowMs;
    return waitMs > ROUNDING_MS ? { waitMs, remaining: 0, wholeInMs: owedMs } : standing(owedMs + eachMs);
  };
  return {
    take(key, count = 1) {
      const now = clock.monotonic();
      const taker = takerOf(key);
      const after = afterOne(now, taker.wholeAt);
      if (after.waitMs === 0) taker.wholeAt = now + after.wholeInMs + (count - 1) * eachMs;
      return after;
    },
    look(key) {
      const now = clock.monotonic();
      const wholeAt = takers.get(key)?.wholeAt ?? -Infinity;
      const { waitMs } = afterOne(now, wholeAt);
      return { ...standing(Math.max(0, wholeAt - now)), waitMs };
    },
  };
}
