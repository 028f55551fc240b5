import type { FetchCall } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";

/** For one call to an address that a user gave, in ms. */
export const USER_TIMEOUT_MS = 30_000;

/** A call may shorten its time, never stretch it. */
export function timeoutOf({ timeoutMs }: FetchCall, mostMs: number): number {
  return timeoutMs === null ? mostMs : Math.min(timeoutMs, mostMs);
}

/**
 * Gives `work` a signal that aborts with the caller's, and when its time is over.
 * @throws {RuntimeError} `upstream-failed` when that was why; else what `work` throws
 */
export async function within<T>(
  timeoutMs: number,
  { name, clock, signal }: { name: string; clock: Clock; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const cancel = clock.after(timeoutMs, () => {
    const message = `${name} gave no whole answer within ${timeoutMs} ms`;
    late.abort(new RuntimeError("upstream-failed", message, { retryable: true }));
  });
  const either = AbortSignal.any([signal, late.signal]);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(either.reason);
  either.addEventListener("abort", onAbort, { once: true });
  try {
    either.throwIfAborted();
    // Not every step ends with its signal: a name is resolved to the end.
    return await Promise.race([work(either), aborted.promise]);
  } finally {
    cancel();
    either.removeEventListener("abort", onAbort);
  }
}
