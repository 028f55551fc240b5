import type { FetchCall } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { JoinedSignal } from "../core/joined_signal.ts";

/** For one call to an address that a user gave, in ms. */
export const USER_TIMEOUT_MS = 30_000;

/** A call may shorten its time, never stretch it. */
export function timeoutOf({ timeoutMs }: FetchCall, mostMs: number): number {
  return timeoutMs === null ? mostMs : Math.min(timeoutMs, mostMs);
}

/**
 * Gives `work` a signal that aborts with the first of `signals`, and when its time is over.
 * @throws {RuntimeError} `upstream-failed` when that was why; else what `work` throws
 */
export async function within<T>(
  timeoutMs: number,
  { name, clock, signals }: { name: string; clock: Clock; signals: readonly AbortSignal[] },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using joined = new JoinedSignal(signals);
  const { signal } = joined;
  const cancel = clock.after(timeoutMs, () => {
    const message = `${name} gave no whole answer within ${timeoutMs} ms`;
    joined.abort(new RuntimeError("upstream-failed", message, { retryable: true }));
  });
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    // Not every step ends with its signal: a name is resolved to the end.
    return await Promise.race([work(signal), aborted.promise]);
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
  }
}
