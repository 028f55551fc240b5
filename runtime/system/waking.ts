import { type Clock, sleep } from "../core/clock.ts";

const LOOK_EVERY_MS = 250;
/** Longer than it takes to find work that other nodes have left. */
const QUIET_MS = 2_000;

export interface WakingParts {
  readonly clock: Clock;
  /** Finds what is due. */
  readonly look: () => void;
  readonly isBusy: () => boolean;
}

/**
 * As {@linkcode System.wake}. A platform that stops processes which nobody calls wakes one when something may be due, and lets
 * it live for as long as that call lasts: so it lasts as long as there is work.
 */
export function createWaking({ clock, look, isBusy }: WakingParts): (signal?: AbortSignal) => Promise<void> {
  return async (signal) => {
    look();
    let quietAt = clock.monotonic();
    while (clock.monotonic() - quietAt < QUIET_MS) {
      await sleep(clock, LOOK_EVERY_MS, signal).catch(() => {});
      if (signal?.aborted) return;
      if (isBusy()) quietAt = clock.monotonic();
    }
  };
}
