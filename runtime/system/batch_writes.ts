import type { RowWrite } from "../actor/journal.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { Message } from "../actor/message.ts";
import { batchIdOf, DEFAULT_BATCH, type Spawned } from "../actor/spawn.ts";
import { batchWrite } from "../batch/rows.ts";
import type { SerializedError } from "../core/errors.ts";
import type { Write } from "../store/contract.ts";
import type { SpawnedBatch } from "./contract.ts";

/** How a message has left the mailbox for good. */
export type MessageEnd =
  | { readonly how: "succeeded" | "cancelled" }
  | { readonly how: "failed"; readonly error: SerializedError };

/**
 * Children that a message spawns join their batch, which begins with the first of them; `sealed`: the message has ended with
 * them, so if there was none before, no more come.
 */
export function begunBy(
  message: Message,
  spawned: readonly Spawned[],
  { at, sealed }: { at: number; sealed: boolean },
): Write {
  const { name } = spawned[0]!;
  return row("begun", {
    id: batchIdOf(message.id, name),
    name,
    message: message.id,
    parentKind: message.kind,
    parentKey: message.key,
    parentBatch: message.batch,
    by: message.by,
    onAllDone: firstOf(spawned, "onAllDone"),
    onAnyFailed: firstOf(spawned, "onAnyFailed"),
    children: spawned.reduce((sum, { payloads }) => sum + payloads.length, 0),
    sealed: sealed ? 1 : 0,
    at: `${at}`,
  });
}

function firstOf(spawned: readonly Spawned[], callback: "onAllDone" | "onAnyFailed"): string | null {
  return spawned.find((one) => one[callback] !== null)?.[callback] ?? null;
}

/**
 * What the end of a message means for batches: the one that it is counted in, and those that it has begun. `mayHaveBegun`:
 * any that are not sealed.
 */
export function batchWritesOf(
  message: Message,
  kind: AnyKind | undefined,
  { end, mayHaveBegun = true }: { end: MessageEnd; mayHaveBegun?: boolean },
): Write[] {
  const writes: Write[] = [];
  if (message.batch !== null) writes.push(countedEnd(message, message.batch, end));
  if (mayHaveBegun && (kind === undefined || kind.spawns.length > 0)) {
    writes.push(row("sealed", { message: message.id }));
  }
  return writes;
}

function countedEnd({ kind, key }: Message, id: string, end: MessageEnd): Write {
  const failure = end.how === "failed"
    ? JSON.stringify({ kind, key, error: { code: end.error.code, message: end.error.message } })
    : null;
  return row("counted", {
    id,
    total: 0,
    open: -1,
    succeeded: end.how === "succeeded" ? 1 : 0,
    failed: end.how === "failed" ? 1 : 0,
    cancelled: end.how === "cancelled" ? 1 : 0,
    firstFailure: failure,
  });
}

/** A child that had ended so is back in the mailbox, for a new run. */
export function countedAgain(id: string, was: "succeeded" | "failed" | "cancelled"): RowWrite {
  const counts = { total: 0, open: 1, succeeded: 0, failed: 0, cancelled: 0, firstFailure: null };
  return batchWrite("counted", { id, ...counts, [was]: -1 });
}

/** One more child. */
export function countedMore(id: string): RowWrite {
  return batchWrite("counted", { id, total: 1, open: 1, succeeded: 0, failed: 0, cancelled: 0, firstFailure: null });
}

/** A batch that nobody spawns: all its children are of the same entry, see {@linkcode countedMore}. */
export function begunWith({ id, name, by, at }: { id: string; name: string; by: string; at: number }): Write {
  const nobody = { message: null, parentKind: null, parentKey: null, parentBatch: null };
  return row("begun", {
    id,
    name,
    ...nobody,
    by,
    onAllDone: null,
    onAnyFailed: null,
    children: 0,
    sealed: 1,
    at: `${at}`,
  });
}

/** A batch that no turn spawns, with all its children. */
export function begunFor(
  { id, parent, onAllDone, children }: SpawnedBatch,
  { by, at }: { by: string; at: number },
): Write {
  return row("begun", {
    id,
    name: DEFAULT_BATCH,
    message: null,
    parentKind: parent.kind,
    parentKey: parent.key,
    parentBatch: null,
    by,
    onAllDone,
    onAnyFailed: null,
    children: children.length,
    sealed: 1,
    at: `${at}`,
  });
}

function row(write: string, args: RowWrite["args"]): Write {
  return { write: "row", row: batchWrite(write, args) };
}
