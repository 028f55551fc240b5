import { deserializeError, RuntimeError } from "../core/errors.ts";
import type { StoreEntry, Write } from "../store/contract.ts";
import type { Commits } from "./commits.ts";
import type { Act, Deed, Health } from "./contract.ts";
import { OWN_DEED } from "./deed.ts";

/** Commits what a person decides, before what waits; and what the store refuses is thrown. */
export function createCommanding(
  { mustTakeCommands, storage, commits }: {
    /** @throws {RuntimeError} `stopping` */
    mustTakeCommands: () => void;
    storage: () => Health["storage"];
    commits: Commits;
  },
): (entry: StoreEntry) => Promise<void> {
  return async (entry) => {
    mustTakeCommands();
    if (storage() !== "ok") {
      throw new RuntimeError("storage-unavailable", "The storage refuses writes: try again later", { retryable: true });
    }
    const result = await commits.outcome(entry);
    if (result.status === "refused") throw deserializeError(result.error);
  };
}

/** Commits what no turn asks for but a person. */
export function createWriting(
  { commit, now }: {
    /** @throws {RuntimeError} why it is refused, or why commands are not taken now */
    commit: (entry: StoreEntry) => Promise<void>;
    now: () => number;
  },
): (tenant: string, act: Act, deed?: Deed) => Promise<void> {
  return async (tenant, { rows, events = [], blobs = [], actors = [] }, deed = OWN_DEED) => {
    const writes: Write[] = [
      ...rows.map((row) => ({ write: "row", row }) as const),
      ...blobs.map((id) => ({ write: "blob-drop", id }) as const),
      ...actors.map((actor) => ({ write: "forget", address: { ...actor, tenant } }) as const),
    ];
    await commit({ tenant, at: now(), writes, rows: deed.rows, events });
  };
}
