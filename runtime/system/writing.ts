import type { Entry } from "../actor/journal.ts";
import { deserializeError } from "../core/errors.ts";
import type { Commits } from "./commits.ts";

/** Commits rows and events that no turn asks for but a person. */
export function createWriting(
  { commits, now, mustTakeCommands }: { commits: Commits; now: () => number; mustTakeCommands: () => void },
): (tenant: string, entry: Entry) => Promise<void> {
  return async (tenant, { rows, events }) => {
    mustTakeCommands();
    const writes = rows.map((row) => ({ write: "row", row }) as const);
    const result = await commits.append({ tenant, at: now(), writes, events });
    if (result.status === "refused") throw deserializeError(result.error);
  };
}
