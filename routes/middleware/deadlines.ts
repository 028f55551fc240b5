import type { CancelTimer, Clock } from "../../runtime/mod.ts";

/** Deadlines that all lie equally far ahead. */
export interface Deadlines {
  readonly afterMs: number;
  /** Calls `expire` when the time is over; until then the answer takes that back. */
  set(expire: () => void): () => void;
  /** Until the answer is called the timer may stay armed for nobody: those that come by the thousand find it so. */
  hold(): () => void;
}

interface Deadline {
  readonly at: number;
  readonly expire: () => void;
}

/** One timer for all of them, at the first that has not been met: a timer each costs more than most requests take. */
export function createDeadlines(clock: Clock, afterMs: number): Deadlines {
  /** The earliest first. */
  const open = new Set<Deadline>();
  let holders = 0;
  let cancelTimer: CancelTimer | null = null;
  const arm = () => {
    const [first] = open;
    cancelTimer = first === undefined ? null : clock.after(Math.max(0, first.at - clock.monotonic()), fire);
  };
  const fire = () => {
    cancelTimer = null;
    const now = clock.monotonic();
    for (const deadline of open) {
      if (deadline.at > now) break;
      open.delete(deadline);
      deadline.expire();
    }
    if (cancelTimer === null) arm();
  };
  const disarm = () => {
    if (open.size > 0 || holders > 0) return;
    cancelTimer?.();
    cancelTimer = null;
  };
  return {
    afterMs,
    set(expire) {
      const deadline = { at: clock.monotonic() + afterMs, expire };
      open.add(deadline);
      if (cancelTimer === null) arm();
      return () => {
        open.delete(deadline);
        disarm();
      };
    },
    hold() {
      holders++;
      return () => {
        holders--;
        disarm();
      };
    },
  };
}
