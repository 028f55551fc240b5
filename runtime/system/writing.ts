import { deserializeError } from "../core/errors.ts";
import type { EntryResult, StoreEntry, Write } from "../store/contract.ts";
import type { Act } from "./contract.ts";

/** Commits what no turn asks for but a person. */
export function createWriting(
  { commit, now }: {
    /** @throws {RuntimeError} unless commands are taken now */
    commit: (entry: StoreEntry) => Promise<EntryResult>;
    now: () => number;
  },
): (tenant: string, act: Act) => Promise<void> {
  return async (tenant, { rows, events, blobs, actors }) => {
    const writes: Write[] = [
      ...rows.map((row) => ({ write: "row", row }) as const),
      ...blobs.map((id) => ({ write: "blob-drop", id }) as const),
      ...actors.map((actor) => ({ write: "forget", address: { ...actor, tenant } }) as const),
    ];
    const result = await commit({ tenant, at: now(), writes, events });
    if (result.status === "refused") throw deserializeError(result.error);
  };
}
