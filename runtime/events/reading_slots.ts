import { Fifo } from "../store/fifo.ts";

/** So many reads at once, however many tenants have news: others read, too. */
export interface ReadingSlots {
  /** In the order of the calls; `work` does not reject. */
  enter(work: () => Promise<void>): void;
}

export function createReadingSlots(size: number): ReadingSlots {
  const waiting = new Fifo<() => Promise<void>>();
  let taken = 0;
  const run = async (work: () => Promise<void>) => {
    taken++;
    await work();
    taken--;
    const next = waiting.shift();
    if (next !== undefined) void run(next);
  };
  return {
    enter(work) {
      if (taken < size) void run(work);
      else waiting.push(work);
    },
  };
}
