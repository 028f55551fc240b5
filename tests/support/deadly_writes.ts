import type { Random } from "../../runtime/core/random.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { replaced } from "./replaced.ts";

/** A process that ends at one of its next writes: before it is done, or before that is known. */
export interface DeadlyWrites {
  readonly around: (store: Store) => Store;
  /** One of the next `within` writes is the last; resolves when it is, and nothing is answered any more. */
  arm(within: number): Promise<void>;
}

export function deadlyWrites(random: Random): DeadlyWrites {
  let left = Infinity;
  let died = () => {};
  const deadly = (write: Store["write"]): Store["write"] => async (batch) => {
    if (left <= 0) return await new Promise(() => {});
    if (--left > 0) return await write(batch);
    if (random.next() < 0.5) await write(batch);
    died();
    return await new Promise(() => {});
  };
  return {
    around(store) {
      left = Infinity;
      return replaced(store, {
        write: deadly((batch) => store.write(batch)),
        ...store.writeNext === undefined ? {} : { writeNext: deadly((batch) => store.writeNext!(batch)) },
      });
    },
    arm(within) {
      left = 1 + Math.floor(random.next() * within);
      return new Promise((resolve) => died = resolve);
    },
  };
}
