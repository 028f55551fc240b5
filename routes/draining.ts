import type { CancelTimer, Clock } from "../runtime/mod.ts";

/** A connection that holds as much as it may. */
export interface Holding {
  /** Whether it has room again, or is no more. */
  readonly hasRoom: boolean;
  goOn(): void;
}

const LOOK_MS = 10;

/** Tells connections when they have room again: the platform does not, so one timer looks for all of them. */
export interface Draining {
  /** Calls `goOn` once, when it has room. */
  await(holding: Holding): void;
}

export function createDraining(clock: Clock): Draining {
  let waiting = new Set<Holding>();
  let stop: CancelTimer | null = null;
  const look = () => {
    stop = null;
    const all = waiting;
    waiting = new Set();
    for (const holding of all) {
      if (holding.hasRoom) holding.goOn();
      else waiting.add(holding);
    }
    arm();
  };
  const arm = () => {
    if (stop === null && waiting.size > 0) stop = clock.after(LOOK_MS, look);
  };
  return {
    await(holding) {
      waiting.add(holding);
      arm();
    },
  };
}
