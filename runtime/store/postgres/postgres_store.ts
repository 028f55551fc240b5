import { RuntimeError } from "../../core/errors.ts";
import type { EntryResult, Ownership, SharedStore, Store, StoreEntry, StoreReads } from "../contract.ts";
import type { BatchWriter } from "./batch_writer.ts";
import type { OpenedShared } from "./shared_store.ts";

/** What a store holds until it is closed. */
export interface StoreParts {
  readonly writer: BatchWriter;
  readonly reads: StoreReads;
  readonly shared: OpenedShared;
  /** Connections beside the writer's. */
  readonly pools: { close(): Promise<void> };
}

/** One node's life on a Postgres that others may share. open → closed */
export class PostgresStore implements Store {
  readonly ownership: Ownership;
  readonly read: StoreReads;
  readonly shared: SharedStore;
  readonly #parts: StoreParts;
  #closing: Promise<void> | undefined;

  constructor(ownership: Ownership, parts: StoreParts) {
    this.ownership = ownership;
    this.read = parts.reads;
    this.shared = parts.shared;
    this.#parts = parts;
  }

  write(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    return this.#closing === undefined ? this.#parts.writer.write(batch) : closed();
  }

  writeNext(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    return this.#closing === undefined ? this.#parts.writer.writeNext(batch) : closed();
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** The life ends last, when nothing is asked in its name any more. */
  async #close(): Promise<void> {
    const { writer, shared, pools } = this.#parts;
    await shared.close();
    await writer.close();
    await pools.close();
  }
}

function closed(): Promise<never> {
  return Promise.reject(new RuntimeError("stopping", "The store is closed"));
}
