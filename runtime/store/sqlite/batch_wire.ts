import type { Entry, EventDraft, RowWrite } from "../../actor/journal.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { SqlValue } from "../../actor/tables.ts";
import type { NewMessage, StoreEntry, Write } from "../contract.ts";

/**
 * A batch on its way to the writer: one JSON text, which is cheaper to pass between threads than its objects are, and
 * beside it the bytes of blob chunks.
 *
 * The text is one list of all values, one behind another, in the order in which the functions here give and take them;
 * how many follow stands before what there may be several of. Without the names of fields it is a quarter shorter, and
 * read in half the time. The names of a row's arguments stand there once, with the first row that has them. A write of
 * which there are few in a batch stands there as the object that it is.
 */
export interface BatchWire {
  readonly text: string;
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
}

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;

/** The chunks are copies, to be handed over: the caller keeps his own for another try. */
export function packBatch(batch: readonly StoreEntry[]): BatchWire {
  const packing: Packing = { values: [], chunks: [], shapes: [] };
  const { values, chunks } = packing;
  for (const { tenant, at, claim, writes, rows, events } of batch) {
    values.push(tenant, at, claim ?? null, writes.length);
    for (const write of writes) packWrite(write, packing);
    packRows(rows, packing);
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

interface Packing {
  readonly values: unknown[];
  readonly chunks: Uint8Array<ArrayBuffer>[];
  readonly shapes: Shape[];
}

/** What rows have in common that stand in one place of a batch's list of shapes. */
interface Shape {
  readonly tables: string;
  readonly write: string;
  readonly names: readonly string[];
  /** A row without values: a copy of it is made and filled sooner than an object that grows. */
  readonly blank: Readonly<Record<string, null>>;
}

/** What was packed, from the first value on. */
class Values {
  readonly #values: readonly unknown[];
  readonly chunks: BatchWire["chunks"];
  readonly shapes: Shape[] = [];
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
  const writes = values.some(unpackWrite);
  const entry = { tenant, at, writes, rows: values.some(unpackRow), events: values.some(unpackEvent) };
  return claim === null ? entry : { ...entry, claim };
}

function packWrite(write: Write, packing: Packing): void {
  const { values, chunks } = packing;
  values.push(write.write);
  switch (write.write) {
    case "append":
      return packAppend(write, packing);
    case "remove":
      return packRemove(write, values);
    case "blob-chunk":
      chunks.push(Uint8Array.from(write.bytes));
      return void values.push(write.id, write.index, chunks.length - 1);
    case "row":
      return packRow(write.row, packing);
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
      return { write, row: unpackRow(values) };
    default:
      return values.next();
  }
}

function packAppend(
  { message, fresh = false, recorded = false, with: told }: WriteOf<"append">,
  packing: Packing,
): void {
  const { values } = packing;
  const { tenant, kind, key, id, name, version, payload, priority } = message;
  const { dueAt, enqueuedAt, by, maxAttempts, timeoutMs, dedupeKey, batch } = message;
  values.push(tenant, kind, key, id, name, version, payload, priority);
  values.push(dueAt, enqueuedAt, by, maxAttempts, timeoutMs, dedupeKey, batch, fresh, recorded);
  packRows(told?.rows, packing);
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
    batch: values.next(),
  };
  const [fresh, recorded] = [values.next(), values.next()];
  const told: Entry = { rows: values.some(unpackRow), events: values.some(unpackEvent) };
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

function packRows(rows: readonly RowWrite[] | undefined, packing: Packing): void {
  packing.values.push(rows?.length ?? 0);
  for (const row of rows ?? []) packRow(row, packing);
}

function packRow(row: RowWrite, { values, shapes }: Packing): void {
  let place = shapes.findIndex((shape) => isOfShape(row, shape));
  if (place < 0) {
    place = shapes.length;
    const shape = shapeOf(row.tables, row.write, Object.keys(row.args));
    shapes.push(shape);
    values.push(place, shape.tables, shape.write, shape.names);
  } else values.push(place);
  for (const name in row.args) values.push(row.args[name]);
}

function unpackRow(values: Values): RowWrite {
  const { shapes } = values;
  const place: number = values.next();
  if (place === shapes.length) shapes.push(shapeOf(values.next(), values.next(), values.next()));
  const { tables, write, names, blank } = shapes[place]!;
  const args: Record<string, SqlValue> = { ...blank };
  for (let index = 0; index < names.length; index++) args[names[index]!] = values.next();
  return { tables, write, args };
}

function shapeOf(tables: string, write: string, names: readonly string[]): Shape {
  return { tables, write, names, blank: JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`) };
}

function isOfShape({ tables, write, args }: RowWrite, shape: Shape): boolean {
  if (tables !== shape.tables || write !== shape.write) return false;
  let index = 0;
  for (const name in args) if (name !== shape.names[index++]) return false;
  return index === shape.names.length;
}

function packEvents(events: readonly EventDraft[] | undefined, values: unknown[]): void {
  values.push(events?.length ?? 0);
  for (const { type, subject, data } of events ?? []) values.push(type, subject, data);
}

function unpackEvent(values: Values): EventDraft {
  return { type: values.next(), subject: values.next(), data: values.next() };
}
