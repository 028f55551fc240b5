import type { Random } from "./random.ts";

/** How waits grow from attempt to attempt, in ms. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Ms to wait before the attempt after `failedAttempts`: uniform below `min(maxMs, baseMs * 2^(failedAttempts - 1))`.
 * @see Marc Brooker, "Exponential Backoff and Jitter", 2015 (full jitter)
 */
export function backoffMs({ baseMs, maxMs }: Backoff, failedAttempts: number, random: Random): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** (failedAttempts - 1));
  return Math.floor(random.next() * ceilingMs);
}
