import type { Context } from "../authoring.ts";
import { MOST_ENTRIES } from "./ledger_entry.ts";
import { syncAt, type SyncState } from "./messages.ts";
import type { Failure } from "./read_ledger.ts";

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** With more failures in a row it waits for the schedule, or for a person. */
const MOST_RETRIES = 15;
const ERROR_CHARS = 1_000;

/**
 * Notes what went wrong and sees to it that the sync is tried again, unless it will be anyway. The message that failed has
 * ended then: what it has queued is queued, and whatever comes before the retry may try, too.
 */
export function fail(
  ctx: Context,
  state: SyncState,
  { reason, retryAfterMs, limit = MOST_ENTRIES }: Failure & { readonly limit?: number },
): void {
  const now = ctx.now();
  state.failures++;
  state.lastError = reason.slice(0, ERROR_CHARS);
  state.failedAt = now;
  ctx.log.warn("ledger failed", { failures: state.failures, reason: state.lastError });
  if (state.retryAt !== null && state.retryAt > now || state.failures > MOST_RETRIES) return;
  const backoffMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (state.failures - 1));
  const delayMs = Math.max(retryAfterMs, Math.ceil(backoffMs * (1 - ctx.random.next() / 2)));
  state.retryAt = now + delayMs;
  ctx.tell(syncAt(ctx.tenant), "sync", { limit }, { delayMs });
}

/** The sync got on. */
export function recover(state: SyncState): void {
  state.failures = 0;
  state.retryAt = null;
}
