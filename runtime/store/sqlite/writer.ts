import type { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Ownership, StorageRoom } from "../contract.ts";
import { BatchApplier } from "./apply.ts";
import { type BatchWire, unpackBatch } from "./batch_wire.ts";
import { openWriterConnection, type Sync } from "./connection.ts";
import type { DeclaredStatements } from "./declared_statements.ts";
import { kyselyOver } from "./dialect.ts";
import { storageFault, wantsRoom } from "./faults.ts";
import { claimOwnership } from "./fence.ts";
import { bearsMigrations } from "./migrations_table.ts";
import { Reserve } from "./reserve.ts";
import { serveCalls } from "./worker_port.ts";
import { WriterRoom } from "./writer_room.ts";

/**
 * What the main thread asks of the writer, one at a time: first `open`, answered with the ownership; then any number of
 * `write`, answered with JSON of the results; last `close`. How the room is, is told before the answer that changed it.
 * `write-next` is a `write` that was posted before the answer to the last one was seen: if that one failed, so does this.
 */
export type WriterRequest =
  | { readonly ask: "open"; readonly options: WriterOptions }
  | { readonly ask: "write" | "write-next"; readonly batch: BatchWire }
  | { readonly ask: "close" };

export interface WriterOptions {
  readonly path: string;
  readonly declared: DeclaredStatements;
  /** The names of all that the registry at `registryUrl` knows: it is loaded only for those that the file does not bear. */
  readonly migrations: readonly string[];
  readonly registryUrl: string;
  readonly node: string;
  readonly now: number;
  readonly sync: Sync;
  /** What to hold in reserve on the disk; 0 for nothing. */
  readonly reserveBytes: number;
}

/** What the main thread is told. */
export interface WriterNotice {
  readonly room: StorageRoom;
}

let db: DatabaseSync | undefined;
let parts: { readonly applier: BatchApplier; readonly room: WriterRoom } | undefined;
let toldRoom: StorageRoom = "ample";
/** What the last batch failed with. */
let failure: { readonly thrown: unknown } | undefined;

// The entry of a worker of its own, so that waiting for the disk never stops the server's loop.
const notify = serveCalls(async (request: WriterRequest) => {
  switch (request.ask) {
    case "open":
      return await open(request.options);
    case "write":
      failure = undefined;
      return write(request.batch);
    case "write-next":
      if (failure !== undefined) throw failure.thrown;
      return write(request.batch);
    case "close":
      parts?.applier.end();
      parts = undefined;
      return db?.close();
  }
});

function write(batch: BatchWire): string {
  if (parts === undefined) throw new RuntimeError("stopping", "The store is not open");
  const { applier, room } = parts;
  try {
    const results = applier.apply(unpackBatch(batch));
    room.committed();
    return JSON.stringify(results);
  } catch (thrown) {
    failure = { thrown };
    room.refused(thrown);
    throw thrown;
  } finally {
    tell(room.room);
  }
}

function tell(room: StorageRoom): void {
  if (room === toldRoom) return;
  toldRoom = room;
  notify({ room } satisfies WriterNotice);
}

async function open(options: WriterOptions): Promise<Ownership> {
  const { path, reserveBytes } = options;
  const reserve = reserveBytes > 0 ? new Reserve(path, { bytes: reserveBytes }) : undefined;
  try {
    return await openWith(options, reserve);
  } catch (thrown) {
    if (!wantsRoom(thrown) || reserve === undefined) throw storageFault(thrown) ?? thrown;
  }
  // The disk was full before this life began: what the one before held in reserve makes the start possible.
  reserve.release();
  try {
    return await openWith(options, reserve);
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
}

async function openWith(options: WriterOptions, reserve: Reserve | undefined): Promise<Ownership> {
  const { path, node, now, sync, declared, migrations, registryUrl } = options;
  try {
    db = openWriterConnection(path, sync);
    if (!bearsMigrations(db, migrations)) await migrateWith(db, registryUrl);
    const ownership = claimOwnership(db, { node, now });
    const room = new WriterRoom(db, reserve);
    parts = { applier: new BatchApplier(db, { declared, ownership }), room };
    tell(room.room);
    return ownership;
  } catch (thrown) {
    if (db?.isOpen) db.close();
    throw thrown;
  }
}

async function migrateWith(db: DatabaseSync, registryUrl: string): Promise<void> {
  // Under a name that Deno has to work out: what it can read here it would load for every start.
  const { migrate } = await import(import.meta.resolve("../migrate.ts")) as typeof import("../migrate.ts");
  const { registry } = await import(registryUrl) as { registry: Registry };
  await migrate(kyselyOver(db), registry);
}
