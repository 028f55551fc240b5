import type { Entry, EventDraft } from "../../actor/journal.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { NewMessage, StoreEntry, Write } from "../contract.ts";

/**
 * A batch on its way to the writer: one JSON text, which is cheaper to pass between threads than its objects are, and
 * beside it the bytes of blob chunks.
 *
 * The text is one list of all values, one behind another, in the order in which the functions here give and take them;
 * how many follow stands before what there may be several of. Without the names of fields it is a quarter shorter, and
 * read in half the time. A write of which there are few in a batch stands there as the object that it is.
 */
export interface BatchWire {
  readonly text: string;
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
}

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;

/** The chunks are copies, to be handed over: the caller keeps his own for another try. */
export function packBatch(batch: readonly StoreEntry[]): BatchWire {
  const values: unknown[] = [];
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (const { tenant, at, claim, writes, events } of batch) {
    values.push(tenant, at, claim ?? null, writes.length);
    for (const write of writes) packWrite(write, { values, chunks });
    packEvents(events, values);
  }
  return { text: JSON.stringify(values), chunks };
}

export function unpackBatch({ text, chunks }: BatchWire): readonly StoreEntry[] {
  const values = new Values(JSON.parse(text), chunks);
  const batch: StoreEntry[] = [];
  while (!values.isOver) batch.push(unpackEntry(values));
  return batch;
}

/** What was packed, from the first value on. */
class Values {
  readonly #values: readonly unknown[];
  readonly chunks: BatchWire["chunks"];
  #next = 0;

  constructor(values: readonly unknown[], chunks: BatchWire["chunks"]) {
    this.#values = values;
    this.chunks = chunks;
  }

  get isOver(): boolean {
    return this.#next === this.#values.length;
  }

  // deno-lint-ignore no-explicit-any -- it is what was given in this place
  next(): any {
    return this.#values[this.#next++];
  }

  /** As many as the next value says. */
  some<T>(unpack: (values: Values) => T): T[] {
    const many: T[] = [];
    for (let left = this.next(); left > 0; left--) many.push(unpack(this));
    return many;
  }
}

function unpackEntry(values: Values): StoreEntry {
  const [tenant, at, claim] = [values.next(), values.next(), values.next()];
  const entry = { tenant, at, writes: values.some(unpackWrite), events: values.some(unpackEvent) };
  return claim === null ? entry : { ...entry, claim };
}

function packWrite(write: Write, { values, chunks }: { values: unknown[]; chunks: Uint8Array<ArrayBuffer>[] }): void {
  values.push(write.write);
  switch (write.write) {
    case "append":
      return packAppend(write, values);
    case "remove":
      return packRemove(write, values);
    case "blob-chunk":
      chunks.push(Uint8Array.from(write.bytes));
      return void values.push(write.id, write.index, chunks.length - 1);
    case "row":
      return void values.push(write.row.tables, write.row.write, write.row.args);
    default:
      values.push(write);
  }
}

function unpackWrite(values: Values): Write {
  const write: Write["write"] = values.next();
  switch (write) {
    case "append":
      return unpackAppend(values);
    case "remove":
      return { write, ref: unpackRef(values), recorded: values.next() };
    case "blob-chunk":
      return { write, id: values.next(), index: values.next(), bytes: values.chunks[values.next()]! };
    case "row":
      return { write, row: { tables: values.next(), write: values.next(), args: values.next() } };
    default:
      return values.next();
  }
}

function packAppend(
  { message, fresh = false, recorded = false, with: told }: WriteOf<"append">,
  values: unknown[],
): void {
  const { tenant, kind, key, id, name, version, payload, priority } = message;
  const { dueAt, enqueuedAt, by, maxAttempts, timeoutMs, dedupeKey } = message;
  values.push(tenant, kind, key, id, name, version, payload, priority);
  values.push(dueAt, enqueuedAt, by, maxAttempts, timeoutMs, dedupeKey, fresh, recorded, told?.rows ?? []);
  packEvents(told?.events, values);
}

function unpackAppend(values: Values): Write {
  const message: NewMessage = {
    tenant: values.next(),
    kind: values.next(),
    key: values.next(),
    id: values.next(),
    name: values.next(),
    version: values.next(),
    payload: values.next(),
    priority: values.next(),
    dueAt: values.next(),
    enqueuedAt: values.next(),
    by: values.next(),
    maxAttempts: values.next(),
    timeoutMs: values.next(),
    dedupeKey: values.next(),
  };
  const [fresh, recorded] = [values.next(), values.next()];
  const told: Entry = { rows: values.next(), events: values.some(unpackEvent) };
  return { write: "append", message, fresh, recorded, with: told };
}

function packRemove(
  { ref: { tenant, kind, key, dueAt, seq }, recorded = false }: WriteOf<"remove">,
  values: unknown[],
): void {
  values.push(tenant, kind, key, dueAt, seq, recorded);
}

function unpackRef(values: Values): MessageRef {
  return { tenant: values.next(), kind: values.next(), key: values.next(), dueAt: values.next(), seq: values.next() };
}

function packEvents(events: readonly EventDraft[] | undefined, values: unknown[]): void {
  values.push(events?.length ?? 0);
  for (const { type, subject, data } of events ?? []) values.push(type, subject, data);
}

function unpackEvent(values: Values): EventDraft {
  return { type: values.next(), subject: values.next(), data: values.next() };
}
