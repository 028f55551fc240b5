import type { RetryPolicy } from "../actor/kind.ts";
import type { Message } from "../actor/message.ts";
import type { Ending } from "../actor/outcome.ts";
import type { SerializedError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import { backoffMs } from "./backoff.ts";

/** What becomes of a message after a turn. */
export type Decision =
  | { readonly decision: "handled"; readonly result: string }
  | { readonly decision: "retry"; readonly readyAt: number; readonly attempts: number; readonly error: SerializedError }
  | { readonly decision: "snooze"; readonly readyAt: number }
  | { readonly decision: "give-up"; readonly attempts: number; readonly error: SerializedError }
  | { readonly decision: "cancel" };

/** Handles the end of a turn; pure. A message that someone wished to cancel is not tried again. */
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
  const attempts = message.attempts + 1;
  if (!ending.error.retryable || attempts >= message.maxAttempts) {
    return { decision: "give-up", attempts, error: ending.error };
  }
  const delayMs = Math.max(backoffMs(policy, attempts, random), ending.error.retryAfterMs ?? 0);
  return { decision: "retry", readyAt: now + delayMs, attempts, error: ending.error };
}
