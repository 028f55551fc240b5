import assert from "node:assert/strict";
import type { EventDraft } from "../../runtime/actor/journal.ts";
import type { MessageRef } from "../../runtime/actor/message.ts";
import type { SqlValue } from "../../runtime/actor/tables.ts";
import type { EntryResult, NewMessage, Store, StoreEntry, StoreReads, Write } from "../../runtime/store/contract.ts";

export type Committed = Extract<EntryResult, { readonly status: "committed" }>;
type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;

/** The time of entries that do not say another. */
export const NOON = 1_000_000;

export function entry(parts: Partial<StoreEntry> = {}): StoreEntry {
  return { tenant: "acme", at: NOON, writes: [], ...parts };
}

/** What failed attempts failed with. */
export const BOOM = { code: "handler-failed", message: "boom", retryable: true } as const;

/** An entry with these writes and no more. */
export function writing(...writes: readonly Write[]): StoreEntry {
  return entry({ writes });
}

export function newMessage(parts: Partial<NewMessage> = {}): NewMessage {
  return {
    tenant: "acme",
    kind: "job",
    key: "one",
    id: "message",
    name: "run",
    version: 1,
    payload: "{}",
    priority: 0,
    dueAt: NOON,
    enqueuedAt: NOON,
    by: "test",
    maxAttempts: 4,
    timeoutMs: 30_000,
    dedupeKey: null,
    batch: null,
    ...parts,
  };
}

export function append(
  parts: Partial<NewMessage> = {},
  how: Omit<WriteOf<"append">, "write" | "message"> = {},
): WriteOf<"append"> {
  return { write: "append", message: newMessage(parts), ...how };
}

export function remove(ref: MessageRef): WriteOf<"remove"> {
  return { write: "remove", ref };
}

/** The message is put off, after one failed attempt. */
export function postpone(ref: MessageRef, parts: Partial<WriteOf<"postpone">> = {}): WriteOf<"postpone"> {
  return { write: "postpone", ref, readyAt: NOON, attempts: 1, crashes: 0, lastError: null, ...parts };
}

/** The message is given up after one attempt. */
export function bury(ref: MessageRef, parts: Partial<WriteOf<"bury">> = {}): WriteOf<"bury"> {
  return { write: "bury", ref, attempts: 1, crashes: 0, error: BOOM, at: NOON, ...parts };
}

export function noteRow(write: string, args: Readonly<Record<string, SqlValue>>): WriteOf<"row"> {
  return { write: "row", row: { tables: "note", write, args } };
}

export function event(type: string): EventDraft {
  return { type, subject: "test", data: "{}" };
}

/** Writes one entry, which must be committed. */
export async function commit(store: Store, written: StoreEntry): Promise<Committed> {
  const [result] = await store.write([written]);
  return committed(result);
}

export function committed(result: EntryResult | undefined): Committed {
  assert.equal(result?.status, "committed", JSON.stringify(result));
  return result as Committed;
}

/** The code with which the entry was refused. */
export function refusal(result: EntryResult | undefined): string {
  assert.equal(result?.status, "refused", JSON.stringify(result));
  return (result as Extract<EntryResult, { readonly status: "refused" }>).error.code;
}

/** Appends one message and answers where it lies. */
export async function appended(
  store: Store,
  parts: Partial<NewMessage> = {},
  how: Parameters<typeof append>[1] = {},
): Promise<MessageRef> {
  const { appended: [place] } = await commit(store, writing(append(parts, how)));
  if (place === undefined || place.slot === "held") throw new assert.AssertionError({ message: "nothing was added" });
  const { tenant, kind, key, dueAt } = newMessage(parts);
  return { tenant, kind, key, dueAt, seq: place.seq };
}

/** The ids of all ready heads of acme's jobs, in the order of delivery. */
export async function readyIds(read: StoreReads): Promise<string[]> {
  return (await read.readyHeads({ tenant: "acme", kind: "job" }, 1_000)).map(({ id }) => id);
}

export async function eventTypes(read: StoreReads, tenant = "acme"): Promise<string[]> {
  return (await read.events(tenant, { after: 0, limit: 1_000 })).map(({ number, type }) => `${number} ${type}`);
}

/** What a declared query of the notes answers. */
export async function notesOf(read: StoreReads, tenant = "acme"): Promise<{ id: string; body: string }[]> {
  return await read.point({ tenant, tables: "note", query: "all", args: {} }) as never;
}
