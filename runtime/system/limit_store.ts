import { deserializeError } from "../core/errors.ts";
import type { EntryResult, StoreEntry, StoreReads } from "../store/contract.ts";
import type { LimitStore } from "../upstream/contract.ts";
import { limitTables } from "../upstream/limit_tables.ts";

/** Limits as rows, each write a commit that goes before what waits. */
export function createLimitStore(
  { read, commit, isShared, now }: {
    read: Pick<StoreReads, "point">;
    commit: (entry: StoreEntry) => Promise<EntryResult>;
    isShared: boolean;
    now: () => number;
  },
): LimitStore {
  const { name: tables, queries: { byId } } = limitTables;
  return {
    isShared,
    async read(id) {
      const row = await read.point({ tenant: "system", tables, query: byId.name, args: { id } });
      return row as { state: string; version: number } | null;
    },
    async write(id, { state, version, idleAt }) {
      const from = version - 1;
      const row = { id, state, version, idleAt };
      const { created, changed } = limitTables.writes;
      const write = from === 0
        ? { tables, write: created.name, args: row }
        : { tables, write: changed.name, args: { ...row, from } };
      const result = await commit({ tenant: "system", at: now(), writes: [{ write: "row", row: write }] });
      if (result.status === "committed") return true;
      if (result.status === "refused" && result.error.code !== "conflict") throw deserializeError(result.error);
      return false;
    },
  };
}
