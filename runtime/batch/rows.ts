import type { RowWrite } from "../actor/journal.ts";
import type { SqlValue } from "../actor/tables.ts";

/** Children that are counted together. Instants are ms since the epoch; flags are 0 or 1. */
export interface BatchRow {
  tenant: string;
  id: string;
  name: string;
  /** Of the spawner's message; null for a batch that nobody spawned, as is the parent. */
  message: string | null;
  parentKind: string | null;
  parentKey: string | null;
  /** The batch that the spawner's message is counted in. */
  parentBatch: string | null;
  by: string;
  /** Messages of the spawner's kind. */
  onAllDone: string | null;
  onAnyFailed: string | null;
  total: number;
  /** Children that have not ended. */
  open: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  /** No more children come. */
  sealed: number;
  /** Kind, key and error of the first child that was given up, as JSON text. */
  firstFailure: string | null;
  failedTold: number;
  /** 0; {@linkcode TOLD}, or {@linkcode TOLD_FAILED} while it is to be told that it is mended, should it be. */
  doneTold: number;
  cancelWishedBy: string | null;
  createdAt: number;
  /** When its end was told. */
  endedAt: number | null;
}

/** A child that has not ended, as the mailbox has it. */
export interface ChildRow {
  tenant: string;
  kind: string;
  key: string;
  batch: string | null;
}

export interface BatchesDatabase {
  batches: BatchRow;
  messages: ChildRow;
}

/** What `done_told` says of a batch whose end was told. */
export const TOLD = 1;
export const TOLD_FAILED = 2;

export const BATCH_TABLES = "batches";

/** A write of {@linkcode BATCH_TABLES}. */
export function batchWrite(write: string, args: Readonly<Record<string, SqlValue>>): RowWrite {
  return { tables: BATCH_TABLES, write, args };
}
