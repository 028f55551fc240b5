/** A handle on a timer: calling it before the timer fires cancels it; later it does nothing. */
export type CancelTimer = () => void;

/** Time as an argument: nothing else in runtime/ or actors/ reads a clock or sets a timer. */
export interface Clock {
  /** Wall time in ms since the epoch; may step when the machine's clock is set. */
  now(): number;
  /** Ms since some fixed instant; never goes back. Use it for durations. */
  monotonic(): number;
  /** Calls `fire` once after `delayMs` (at least 0; longer than 24.8 days is cut to that). */
  after(delayMs: number, fire: () => void): CancelTimer;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/**
 * Resolves after `delayMs`.
 * @throws the signal's reason when `signal` aborts first
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Calls `tick` every `periodMs`, counted from the start of the call before; `tick` itself may cancel it. */
export function every(clock: Clock, periodMs: number, tick: () => void): CancelTimer {
  let cancel: CancelTimer;
  const arm = () => {
    cancel = clock.after(periodMs, () => {
      arm();
      tick();
    });
  };
  arm();
  return () => cancel();
}
