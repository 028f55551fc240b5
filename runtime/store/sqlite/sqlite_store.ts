import { RuntimeError } from "../../core/errors.ts";
import type { EntryResult, Ownership, StorageRoom, Store, StoreEntry, StoreReads } from "../contract.ts";
import { packBatch } from "./batch_wire.ts";
import type { QueryCall } from "../declared_query.ts";
import { locatedFault } from "./faults.ts";
import type { FileLock } from "./lock.ts";
import type { ReadLink } from "./read_link.ts";
import type { Reader } from "./reader.ts";
import type { WorkerLink } from "./worker_port.ts";
import type { WriterRequest } from "./writer.ts";

/** What a store holds until it is closed. */
export interface StoreParts {
  /** Of the file, for what is said of it. */
  readonly path: string;
  readonly writer: WorkerLink;
  readonly reader: Reader;
  readonly readLink: ReadLink;
  readonly lock: FileLock;
  readonly room: () => StorageRoom;
  /** Removes what was made for this store only. */
  readonly cleanUp: () => Promise<void>;
}

/** The store over one SQLite file: written by a worker, read by the main thread and by another worker. open → closed. */
export class SqliteStore implements Store {
  readonly ownership: Ownership;
  readonly read: StoreReads;
  readonly #parts: StoreParts;
  #closing: Promise<void> | undefined;

  constructor(ownership: Ownership, parts: StoreParts) {
    this.ownership = ownership;
    this.#parts = parts;
    this.read = located(readsOf(ownership, parts), parts.path);
  }

  get room(): StorageRoom {
    return this.#parts.room();
  }

  write(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    return this.#write("write", batch);
  }

  writeNext(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    return this.#write("write-next", batch);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #write(ask: "write" | "write-next", batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    if (this.#closing !== undefined) throw new RuntimeError("stopping", "The store is closed");
    const packed = packBatch(batch);
    const request: WriterRequest = { ask, batch: packed };
    try {
      const results = await this.#parts.writer.call(request, packed.chunks.map(({ buffer }) => buffer));
      return JSON.parse(results as string);
    } catch (thrown) {
      throw locatedFault(thrown, this.#parts.path);
    }
  }

  /** The writer closes last, when the readers have: the last connection brings the log into the file, if it may write. */
  async #close(): Promise<void> {
    const { writer, reader, readLink, lock, cleanUp } = this.#parts;
    reader.close();
    await readLink.close();
    // One that has died cannot answer, and need not: what was acknowledged is on disk.
    await writer.call({ ask: "close" } satisfies WriterRequest).catch(() => {});
    writer.terminate();
    lock.release();
    await cleanUp();
  }
}

/** The reads, with faults that say which file they are of. */
function located(reads: StoreReads, path: string): StoreReads {
  const wrapped = Object.entries(reads).map(([name, read]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    (...args: never[]) => read(...args).catch((thrown) => Promise.reject(locatedFault(thrown, path))),
  ]);
  return Object.fromEntries(wrapped);
}

/** Points from the main thread's reader, lists from the worker's. */
export function readsOf(
  { generation }: Ownership,
  { reader, readLink }: { reader: Reader; readLink: Pick<StoreReads, "query" | "actors" | "deadLetters"> },
): StoreReads {
  return {
    readyLanes: () => reader.readyLanes(),
    readyHeads: (lane, limit, how) => reader.readyHeads(lane, limit, how),
    mailbox: (address, limit) => reader.mailbox(address, limit),
    mailboxBehind: (place, how) => reader.mailboxBehind(place, how),
    mailboxDepth: (address) => reader.mailboxDepth(address),
    pending: () => reader.pending(),
    nextDueAt: () => reader.nextDueAt(),
    snapshot: (address) => reader.snapshot(address),
    wishedCancelled: () => reader.wishedCancelled(),
    startMarks: () => reader.startMarks({ before: generation }),
    supervised: (address) => reader.supervised(address),
    laterSiblings: (address) => reader.laterSiblings(address),
    pausedKinds: () => reader.pausedKinds(),
    actors: (page) => readLink.actors(page),
    deadLetters: (page) => readLink.deadLetters(page),
    deadLetter: (tenant, id) => reader.deadLetter(tenant, id),
    events: (tenant, range) => reader.events(tenant, range),
    logMark: (tenant) => reader.logMark(tenant),
    logMarks: (tenants) => reader.logMarks(tenants),
    longLogs: (kept) => reader.longLogs(kept),
    blobChunk: (tenant, id, fromByte) => reader.blobChunk(tenant, id, fromByte),
    point: (query: QueryCall<object>) => reader.point(query),
    query: (query: QueryCall) => readLink.query(query),
  };
}
