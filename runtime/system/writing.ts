import type { Entry } from "../actor/journal.ts";
import { deserializeError } from "../core/errors.ts";
import type { EntryResult, StoreEntry } from "../store/contract.ts";

/** Commits rows and events that no turn asks for but a person. */
export function createWriting(
  { commit, now }: {
    /** @throws {RuntimeError} unless commands are taken now */
    commit: (entry: StoreEntry) => Promise<EntryResult>;
    now: () => number;
  },
): (tenant: string, entry: Entry) => Promise<void> {
  return async (tenant, { rows, events }) => {
    const writes = rows.map((row) => ({ write: "row", row }) as const);
    const result = await commit({ tenant, at: now(), writes, events });
    if (result.status === "refused") throw deserializeError(result.error);
  };
}
