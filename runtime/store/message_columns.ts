import type { DeadLetter } from "./contract.ts";
import type { DeadLetterRow } from "./schema.ts";

const KEPT_COLUMNS = [
  "tenant",
  "kind",
  "key",
  "id",
  "name",
  "version",
  "payload",
  "priority",
  "dueAt",
  "enqueuedAt",
  "sender as by",
  "attempts",
  "crashes",
  "maxAttempts",
  "timeoutMs",
  "dedupeKey",
  "batch",
] as const;

/** Selects a stored row in the shape of a `Message`. */
export const MESSAGE_COLUMNS = [...KEPT_COLUMNS, "seq", "readyAt"] as const;

/** Selects a row for {@linkcode deadLetterOf}. */
export const DEAD_LETTER_COLUMNS = [...KEPT_COLUMNS, "error", "diedAt"] as const;

/** The row that they select. */
export type SelectedDeadLetter = Omit<DeadLetter, "error"> & Pick<DeadLetterRow, "error">;

export function deadLetterOf(row: SelectedDeadLetter): DeadLetter {
  return { ...row, error: JSON.parse(row.error) };
}
