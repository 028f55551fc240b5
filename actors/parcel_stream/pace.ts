import type { Random } from "../authoring.ts";

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** The first wait after news, of the poll interval. */
const SHORTEST_WAIT = 1 / 8;
/** Streams that were made at once do not stay so. */
const JITTER = 0.2;
const RATE_WINDOW_MS = 10_000;

/** Waits that are long enough end with a whole second: what is due together is handled, fetched and committed together. */
const SHARED_MS = 1_000;
const LONG_ENOUGH = 10;

/** The wait, shortened so that it ends at such an instant. */
export function sharedWaitMs(waitMs: number, { now }: { now: number }): number {
  return waitMs < LONG_ENOUGH * SHARED_MS ? waitMs : waitMs - (now + waitMs) % SHARED_MS;
}

/** Ms until the next poll after `idle` pages without news: doubled with each of them, up to the interval, less the jitter. */
export function idleWaitMs(
  { pollIntervalMs, idle, random }: { pollIntervalMs: number; idle: number; random: Random },
): number {
  const longestMs = Math.min(pollIntervalMs, pollIntervalMs * SHORTEST_WAIT * 2 ** idle);
  return Math.ceil(longestMs * (1 - JITTER * random.next()));
}

/** Ms until the next try after so many failed pages in a row, half of it jitter; at least as long as the source has asked for. */
export function retryWaitMs(
  { pollIntervalMs, failures, retryAfterMs, random }: {
    pollIntervalMs: number;
    failures: number;
    retryAfterMs: number;
    random: Random;
  },
): number {
  const firstMs = Math.min(FIRST_RETRY_MS, pollIntervalMs);
  const longestMs = Math.min(LONGEST_RETRY_MS, firstMs * 2 ** (failures - 1));
  return Math.max(retryAfterMs, Math.ceil(longestMs * (1 - random.next() / 2)));
}

/** Events per second, smoothed: what happened `t` ms ago counts e^(-t / 10,000) as much as what happens now. */
export function smoothedRate(
  before: number,
  { count, elapsedMs }: { count: number; elapsedMs: number },
): number {
  const spanMs = Math.max(1, elapsedMs);
  const kept = Math.exp(-spanMs / RATE_WINDOW_MS);
  return round(before * kept + (1 - kept) * (count * 1_000) / spanMs);
}

function round(rate: number): number {
  return rate < 0.001 ? 0 : Math.round(rate * 1_000) / 1_000;
}
