import type { Entry, EventDraft } from "../actor/journal.ts";
import type { Registry } from "../actor/registry.ts";
import type { BatchEnded, BatchFailing } from "../actor/spawn.ts";
import { type BatchRow, batchWrite, TOLD, TOLD_FAILED } from "../batch/rows.ts";
import { type BatchStatus, statusOf } from "../batch/status.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { EntryResult, StoreEntry, Write } from "../store/contract.ts";
import type { Commands } from "./commands.ts";
import type { Control } from "./contract.ts";

export interface BatchTellingParts {
  readonly registry: Registry;
  readonly commands: Pick<Commands, "fromOutside">;
  readonly isHeld: Control["isHeld"];
  readonly commit: (entry: StoreEntry) => Promise<EntryResult>;
  readonly now: () => number;
  readonly diagnostics: Diagnostics;
}

/**
 * Tells what there is to tell of a batch as it was read: its first failure, and then its end; once more, when it had failed,
 * that none of those that failed is left after a retry. Each is one entry, with a row write that only one can make. Where what
 * the spawner would do follows from the end, that is done in the place of the message. Resolves to whether the batch was as it
 * was read.
 */
export function createBatchTelling(
  { registry, commands, isHeld, commit, now, diagnostics }: BatchTellingParts,
): (row: BatchRow) => Promise<boolean> {
  /** What a spawner is told; nothing where the program knows no such message any more. */
  const messageTo = (row: BatchRow, message: string | null, payload: BatchEnded | BatchFailing): Write[] => {
    const { tenant, parentKind, parentKey } = row;
    if (message === null || parentKind === null || parentKey === null) return [];
    if (!registry.kinds.has(parentKind)) return [];
    try {
      const command = { to: { tenant, kind: parentKind, key: parentKey }, message, payload };
      return [commands.fromOutside(command, { by: "system", now: now() })];
    } catch (thrown) {
      if (thrown instanceof RuntimeError) return [];
      throw thrown;
    }
  };

  /**
   * What the spawner would do with the message, where that is known and nobody holds its turns. Not when the end is told once
   * more: what it was told before may still wait in its mailbox.
   */
  const doneBy = (
    { tenant, parentKind, parentKey, onAllDone }: BatchRow,
    ended: BatchEnded,
    at: number,
  ): Entry | null => {
    if (onAllDone === null || parentKind === null || parentKey === null || isHeld(tenant, parentKind)) return null;
    return registry.kinds.get(parentKind)?.ending?.(ended, { key: parentKey, at }) ?? null;
  };

  const tellEnd = async (row: BatchRow, status: Exclude<BatchStatus, "running">): Promise<boolean> => {
    const { tenant, id, name, total, succeeded, failed, cancelled } = row;
    const at = now();
    const told = row.doneTold === 0
      ? batchWrite("doneTold", { id, succeeded, failed, cancelled, at })
      : batchWrite("mendedTold", { id, succeeded });
    const ended = { batchId: id, name, total, succeeded, failed, cancelled };
    const done = row.doneTold === 0 ? doneBy(row, ended, at) : null;
    const result = await commit({
      tenant,
      at,
      writes: [
        { write: "row", row: told },
        ...done === null
          ? messageTo(row, row.onAllDone, ended)
          : done.rows.map((row): Write => ({ write: "row", row })),
      ],
      events: [endEvent(row, status), ...done?.events ?? []],
    });
    if (result.status !== "committed") return false;
    diagnostics.tell({ event: "batch.ended", tenant, id, status });
    return true;
  };

  const tellFailure = async (row: BatchRow): Promise<void> => {
    const { tenant, id, name } = row;
    const failure = JSON.parse(row.firstFailure!) as Pick<BatchFailing, "kind" | "key" | "error">;
    await commit({
      tenant,
      at: now(),
      writes: [
        { write: "row", row: batchWrite("failedTold", { id }) },
        ...messageTo(row, row.onAnyFailed, { batchId: id, name, ...failure }),
      ],
    });
  };

  return async (row) => {
    if (row.firstFailure !== null && row.onAnyFailed !== null && row.failedTold === 0) await tellFailure(row);
    const status = statusOf(row);
    const isTold = row.doneTold === TOLD || (row.doneTold === TOLD_FAILED && row.failed > 0);
    return status === "running" || isTold || await tellEnd(row, status);
  };
}

function endEvent(row: BatchRow, status: string): EventDraft {
  const { id, name, total, succeeded, failed, cancelled, parentKind, parentKey } = row;
  const parent = parentKind === null ? null : { kind: parentKind, key: parentKey };
  const data = { id, name, status, parent, total, succeeded, failed, cancelled };
  return { type: `batch.${status}`, subject: `batch/${id}`, data: JSON.stringify(data) };
}
