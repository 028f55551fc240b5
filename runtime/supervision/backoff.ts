import type { Random } from "../core/random.ts";
import type { RetryPolicy } from "../actor/kind.ts";

/**
 * Ms to wait before the attempt after `failedAttempts`: uniform below `min(maxMs, baseMs * 2^(failedAttempts - 1))`.
 * @see Marc Brooker, "Exponential Backoff and Jitter", 2015 (full jitter)
 */
export function backoffMs(policy: RetryPolicy, failedAttempts: number, random: Random): number {
  const ceilingMs = Math.min(policy.maxMs, policy.baseMs * 2 ** (failedAttempts - 1));
  return Math.floor(random.next() * ceilingMs);
}
