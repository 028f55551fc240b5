import { type Clock, sleep } from "../../runtime/core/clock.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { Random } from "../../runtime/core/random.ts";
import type { Store, StoreReads } from "../../runtime/store/contract.ts";

/** What goes wrong, as probabilities from 0 to 1; can be changed at any time. */
export interface StoreFaults {
  /** A call takes up to `slowestMs` before it is done, and as long again before that is known. */
  slow: number;
  slowestMs: number;
  /** A batch is refused as by a full disk; nothing of it is kept. */
  unavailable: number;
}

/** `store` with faults drawn from `random`: slow in both directions, as over a network, or out of service. */
export function createFaultyStore(
  store: Store,
  { clock, random, faults }: { clock: Clock; random: Random; faults: StoreFaults },
): Store {
  const dawdle = async () => {
    if (random.next() < faults.slow) await sleep(clock, Math.floor(random.next() * faults.slowestMs));
  };
  return {
    ownership: store.ownership,
    async write(batch) {
      await dawdle();
      if (random.next() < faults.unavailable) {
        throw new RuntimeError("storage-unavailable", "The disk is full", { retryable: true });
      }
      const results = await store.write(batch);
      await dawdle();
      return results;
    },
    read: new Proxy(store.read, {
      get: (read, name: keyof StoreReads) => async (...args: never[]) => {
        await dawdle();
        const answer = await (read[name] as (...args: never[]) => Promise<unknown>)(...args);
        await dawdle();
        return answer;
      },
    }),
    close: () => store.close(),
  };
}
