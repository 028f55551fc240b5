import type { Message } from "../actor/message.ts";
import type { Ending } from "../actor/outcome.ts";
import type { RetryPolicy } from "../actor/retry_policy.ts";
import type { ErrorCode, SerializedError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import { backoffMs } from "../core/backoff.ts";

/** What becomes of a message after a turn. `attempts` and `crashes` count this one. */
export type Decision =
  | { readonly decision: "handled"; readonly result: string }
  | Failure & { readonly decision: "retry"; readonly readyAt: number }
  | { readonly decision: "snooze"; readonly readyAt: number }
  | Failure & { readonly decision: "give-up" }
  | { readonly decision: "cancel" };

interface Failure {
  readonly attempts: number;
  readonly crashes: number;
  readonly error: SerializedError;
}

/** A message in whose handling so many hosts hung or died is given up, however many attempts it may have. */
export const MOST_CRASHES = 3;

/** No call was made: it was the upstream's time to wait, not the handler's failure. */
const NOT_YET: ReadonlySet<ErrorCode> = new Set(["upstream-limited", "upstream-unavailable"]);
/** Where such an error does not say when to come back. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Handles the end of a turn; pure. A message that someone wished to cancel is not tried again; one whose handler was told
 * that no call may be made yet, and let that pass, waits until then and loses no attempt.
 */
export function decide(
  message: Message,
  ending: Exclude<Ending, { end: "commit-point" } | { end: "returned" }>,
  { policy, now, random, cancelWished }: {
    policy: RetryPolicy;
    now: number;
    random: Random;
    cancelWished: boolean;
  },
): Decision {
  if (ending.end === "done") return { decision: "handled", result: ending.result };
  if (cancelWished) return { decision: "cancel" };
  if (ending.end === "snoozed") return { decision: "snooze", readyAt: now + ending.delayMs };
  const { error } = ending;
  if (NOT_YET.has(error.code) && error.retryable && !isCrash(ending)) {
    return { decision: "snooze", readyAt: now + (error.retryAfterMs ?? LOOK_AGAIN_MS) };
  }
  const attempts = message.attempts + 1;
  const crashes = message.crashes + (isCrash(ending) ? 1 : 0);
  if (!error.retryable || attempts >= message.maxAttempts || crashes >= MOST_CRASHES) {
    return { decision: "give-up", attempts, crashes, error };
  }
  const delayMs = Math.max(backoffMs(policy, attempts, random), error.retryAfterMs ?? 0);
  return { decision: "retry", readyAt: now + delayMs, attempts, crashes, error };
}

/** Whether the turn hung, or took its worker or process down. */
export function isCrash(ending: Ending): boolean {
  return ending.end === "failed" && (ending.crashed === true || ending.abandoned === true);
}
