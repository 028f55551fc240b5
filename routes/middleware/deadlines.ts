import type { CancelTimer, Clock } from "../../runtime/mod.ts";

/** Deadlines that all lie equally far ahead. */
export interface Deadlines {
  readonly afterMs: number;
  /** Calls `expire` when the time is over; until then the answer takes that back. */
  set(expire: () => void): () => void;
}

interface Deadline {
  readonly at: number;
  readonly expire: () => void;
}

/**
 * One timer for all of them, at the first that has not been met, since a timer each costs more than most requests take.
 * And most are met at once: it is set only for those that are left when the loop has gone round.
 *
 *   idle ──set()──► glancing ──round the loop, some left──► waiting ──the first is over──► glancing
 */
export function createDeadlines(clock: Clock, afterMs: number): Deadlines {
  /** The earliest first. */
  const open = new Set<Deadline>();
  let timer: { readonly waiting: boolean; readonly cancel: CancelTimer } | null = null;
  const glance = () => {
    const now = clock.monotonic();
    const over: Deadline[] = [];
    for (const deadline of open) {
      if (deadline.at > now) break;
      over.push(deadline);
      open.delete(deadline);
    }
    const [next] = open;
    timer = next === undefined ? null : { waiting: true, cancel: clock.after(next.at - now, glance) };
    for (const { expire } of over) expire();
  };
  return {
    afterMs,
    set(expire) {
      const deadline = { at: clock.monotonic() + afterMs, expire };
      open.add(deadline);
      timer ??= { waiting: false, cancel: clock.after(0, glance) };
      return () => {
        open.delete(deadline);
        if (open.size > 0 || timer?.waiting !== true) return;
        timer.cancel();
        timer = null;
      };
    },
  };
}
