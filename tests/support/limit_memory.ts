import type { LimitState, LimitStore } from "../../runtime/upstream/contract.ts";

/** Limits in memory, as a store keeps them, for clients that are tested without one. */
export interface LimitMemory extends LimitStore {
  readonly rows: ReadonlyMap<string, LimitState>;
  readonly reads: number;
  readonly writes: number;
  /** The next write waits for what this answers; `refuse`: another node was first. */
  beforeWrite: (() => void | Promise<void>) | null;
}

export function createLimitMemory({ isShared = false }: { isShared?: boolean } = {}): LimitMemory {
  const rows = new Map<string, LimitState>();
  let [reads, writes] = [0, 0];
  const memory: LimitMemory = {
    isShared,
    rows,
    get reads() {
      return reads;
    },
    get writes() {
      return writes;
    },
    beforeWrite: null,
    read(key) {
      reads++;
      return Promise.resolve(rows.get(key) ?? null);
    },
    async write(key, { state, version }) {
      const wait = memory.beforeWrite;
      memory.beforeWrite = null;
      await wait?.();
      if ((rows.get(key)?.version ?? 0) !== version - 1) return false;
      writes++;
      rows.set(key, { state, version });
      return true;
    },
  };
  return memory;
}
