import type { BatchRow } from "./rows.ts";

export type BatchStatus = "running" | "completed" | "failed" | "cancelled";

/** Of its counts; a batch in which some have failed has failed, unless somebody wished it cancelled and some were. */
export function statusOf(
  { sealed, open, failed, cancelled, cancelWishedBy }: Pick<
    BatchRow,
    "sealed" | "open" | "failed" | "cancelled" | "cancelWishedBy"
  >,
): BatchStatus {
  if (sealed === 0 || open > 0) return "running";
  if (cancelWishedBy !== null && cancelled > 0) return "cancelled";
  return failed > 0 ? "failed" : "completed";
}
