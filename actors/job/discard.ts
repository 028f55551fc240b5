import type { EventDraft, RowWrite } from "../../runtime/authoring.ts";
import type { JobRow } from "./rows.ts";
import { jobTables } from "./tables.ts";

/** All that goes with a failed job. */
export interface Discard {
  readonly rows: readonly RowWrite[];
  readonly events: readonly EventDraft[];
  readonly blobs: readonly string[];
  readonly actors: readonly { readonly kind: string; readonly key: string }[];
}

/**
 * Takes a failed job away with its attempts, its input and what its actor held; a `conflict` when it has not failed. A
 * person does it, so it is for `System.write`: no message asks for it.
 */
export function discard(
  { id, type }: Pick<JobRow, "id" | "type">,
  { input, by }: { input: string | null; by: string },
): Discard {
  const { name: tables, writes } = jobTables;
  return {
    rows: [writes.discarded, writes.attemptsDiscarded, writes.inputDiscarded]
      .map(({ name: write }) => ({ tables, write, args: { id } })),
    events: [{ type: "job.discarded", subject: `job/${id}`, data: JSON.stringify({ id, type, by }) }],
    blobs: input === null ? [] : [input],
    actors: [{ kind: type, key: id }],
  };
}
