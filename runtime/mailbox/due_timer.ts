import type { CancelTimer, Clock } from "../core/clock.ts";

/** One timer for all delayed messages: sleeps until the earliest is due, at most 60 s. */
export interface DueTimer {
  /** A head waits until `dueAt`; if the clock was set meanwhile, what was waited for before is looked at anew. */
  expect(dueAt: number): void;
  stop(): void;
}

const LONGEST_SLEEP_MS = 60_000;
const PAUSE_AFTER_FAILURE_MS = 1_000;

/** `wake` makes due heads ready and answers when the next one is due; it is never called twice at a time. */
export function createDueTimer(clock: Clock, wake: () => Promise<number | null>): DueTimer {
  let state: "asleep" | "waking" | "stopped" = "asleep";
  let nextAt = Infinity;
  /** In monotonic time. */
  let ringsAt = Infinity;
  let cancel: CancelTimer = () => {};
  const sleepMs = () => Math.min(Math.max(nextAt - clock.now(), 0), LONGEST_SLEEP_MS);
  const arm = () => {
    cancel();
    const ms = sleepMs();
    ringsAt = clock.monotonic() + ms;
    cancel = clock.after(ms, () => void ring());
  };
  const ring = async () => {
    if (state !== "asleep") return;
    if (nextAt > clock.now()) return arm();
    state = "waking";
    nextAt = Infinity;
    try {
      const after = await wake();
      nextAt = Math.min(nextAt, after ?? Infinity);
    } catch {
      nextAt = Math.min(nextAt, clock.now() + PAUSE_AFTER_FAILURE_MS);
    }
    if ((state as "waking" | "stopped") === "stopped") return;
    state = "asleep";
    arm();
  };
  arm();
  return {
    expect(dueAt) {
      nextAt = Math.min(nextAt, dueAt);
      if (state === "asleep" && clock.monotonic() + sleepMs() < ringsAt) arm();
    },
    stop() {
      state = "stopped";
      cancel();
    },
  };
}
