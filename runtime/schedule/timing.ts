import { RuntimeError } from "../core/errors.ts";
import type { ScheduleTiming } from "./contract.ts";
import { CronTimes } from "./cron.ts";

const LEAST_MS = 1_000;
/** A hundred years. */
const MOST_MS = 100 * 366 * 24 * 60 * 60 * 1_000;
/** So many gaps between the instants of a cron are looked at for the shortest. */
const GAPS = 100;

/** The instants that a timing has: a set that depends on nothing but the timing and what it counts from. */
export interface Times {
  /** The first after this instant; null when there is none. */
  after(instant: number): number | null;
  /** Those after one instant and not after another: the newest `limit` of them, newest first. */
  latest(range: { readonly after: number; readonly until: number; readonly limit: number }): readonly number[];
}

/**
 * `anchorAt`: what an interval counts from.
 * @throws {RuntimeError} `invalid-message` when it can never be due
 */
export function timesOf(timing: ScheduleTiming, anchorAt: number): Times {
  return "everyMs" in timing ? intervalTimes(timing.everyMs, anchorAt) : new CronTimes(timing);
}

/** How little may lie between two instants, as far as the next hundred show. */
export function shortestGapMs(timing: ScheduleTiming, now: number): number {
  if ("everyMs" in timing) return timing.everyMs;
  const times = timesOf(timing, now);
  let shortest = Infinity;
  let last = times.after(now);
  for (let gaps = 0; gaps < GAPS && last !== null; gaps++) {
    const next = times.after(last);
    if (next === null) break;
    shortest = Math.min(shortest, next - last);
    last = next;
  }
  return shortest;
}

function intervalTimes(everyMs: number, anchorAt: number): Times {
  if (!Number.isInteger(everyMs) || everyMs < LEAST_MS || everyMs > MOST_MS) {
    throw new RuntimeError("invalid-message", `An interval must be ${LEAST_MS} to ${MOST_MS} ms, not ${everyMs}`);
  }
  /** How many intervals are over at this instant. */
  const over = (instant: number) => Math.floor((instant - anchorAt) / everyMs);
  const at = (number: number) => anchorAt + number * everyMs;
  return {
    after: (instant) => at(Math.max(over(instant) + 1, 1)),
    latest({ after, until, limit }) {
      const times: number[] = [];
      for (let number = over(until); times.length < limit && number >= 1 && at(number) > after; number--) {
        times.push(at(number));
      }
      return times;
    },
  };
}
