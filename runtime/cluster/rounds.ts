import type { CancelTimer, Clock } from "../core/clock.ts";
import type { Random } from "../core/random.ts";

/** Something that is done again and again, one at a time; from `begin` to `stop`. */
export interface Rounds {
  begin(): void;
  /** Does it now; while it is under way, once more when that is over. */
  hurry(): void;
  stop(): void;
}

export interface RoundsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * From the end of one round to the next: drawn between the two, so that nodes which began together part. Without it there
   * are only those that `hurry` asks for.
   */
  readonly pauseMs?: readonly [least: number, most: number];
}

/** `round` never rejects. */
export function createRounds({ clock, random, pauseMs }: RoundsOptions, round: () => Promise<void>): Rounds {
  let state: "resting" | "working" | "again" | "stopped" = "stopped";
  let cancel: CancelTimer = () => {};
  const arm = () => {
    if (pauseMs === undefined) return;
    const [least, most] = pauseMs;
    cancel = clock.after(least + random.next() * (most - least), work);
  };
  function work(): void {
    cancel();
    state = "working";
    round().finally(() => {
      const wanted = state;
      if (wanted === "stopped") return;
      state = "resting";
      if (wanted === "again") work();
      else arm();
    });
  }
  return {
    begin() {
      state = "resting";
      arm();
    },
    hurry() {
      if (state === "resting") work();
      else if (state === "working") state = "again";
    },
    stop() {
      state = "stopped";
      cancel();
    },
  };
}
