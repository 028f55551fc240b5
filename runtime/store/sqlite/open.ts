import { dirname, join } from "node:path";
import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Ownership, StorageRoom, Store } from "../contract.ts";
import { allMigrations } from "../migrate.ts";
import { openReaderConnection, type Sync } from "./connection.ts";
import { declaredStatements } from "./declared_statements.ts";
import { locatedFault, storageFault, unreachable } from "./faults.ts";
import { lockFile } from "./lock.ts";
import { migrateLocked } from "./migrate_file.ts";
import { Reader } from "./reader.ts";
import { ReadLink, type StartReader } from "./read_link.ts";
import { RESERVE_BYTES } from "./reserve.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { type WorkerLink, WorkerPort } from "./worker_port.ts";
import type { WriterNotice, WriterRequest } from "./writer.ts";

export interface SqliteOptions {
  /** Of the database file; its folders are made. `:memory:` is a temporary file, never brought to the disk. */
  readonly path: string;
  /** The module whose `registry` the worker threads load: the same as `registry`. */
  readonly registryUrl: string;
  readonly registry: Registry;
  /** The name of this process among those that ever owned the file. */
  readonly node: string;
  /** Ms since the epoch. */
  readonly now: number;
  /** `full` by default. */
  readonly sync?: Sync;
  /** What to hold in reserve on the disk; as much as the log may hold by default, nothing for files that nobody will miss. */
  readonly reserveBytes?: number;
  /** `startWriter` unless given. */
  readonly startWriter?: StartWriter;
  /** `startReader` unless given. */
  readonly startReader?: StartReader;
}

const WRITER = new URL("./writer.ts", import.meta.url);

/** Starts the thread that writes. */
export type StartWriter = (onNotice: (notice: unknown) => void) => WorkerLink;

export function startWriter(onNotice: (notice: unknown) => void, entry: URL = WRITER): WorkerLink {
  return new WorkerPort(entry, {
    name: "mailroom-writer",
    deathError: (reason) => new RuntimeError("storage-corrupt", `The writer of the database has died: ${reason}`),
    onNotice,
  });
}

/**
 * Locks the file, migrates it, and starts its writer and its reader.
 * @throws {RuntimeError} `storage-locked`, `storage-newer`, `storage-unavailable` or `storage-corrupt`
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { path, sync, cleanUp } = await place(options);
  const { registryUrl, registry, node, now, reserveBytes = sync === "full" ? RESERVE_BYTES : 0 } = options;
  let room: StorageRoom = "ample";
  const lock = await lockFile(path).catch(async (reason) => {
    await cleanUp();
    throw reason;
  });
  const writer = (options.startWriter ?? startWriter)((notice) => ({ room } = notice as WriterNotice));
  try {
    // One that is new is empty, so this takes no time; an older one may be large, and must not stop this thread.
    // What makes it fail the writer meets too, which knows what to do about it.
    if (await isNew(path)) await migrateLocked(path, { sync, registry }).catch(() => {});
    const known = {
      declared: declaredStatements(registry),
      migrations: Object.keys(allMigrations(registry)),
      registryUrl,
    };
    const request: WriterRequest = { ask: "open", options: { path, ...known, node, now, sync, reserveBytes } };
    const ownership = await writer.call(request) as Ownership;
    const reader = new Reader(openReaderConnection(path), registry);
    const readLink = new ReadLink({ path, registryUrl }, options.startReader);
    return new SqliteStore(ownership, { path, writer, reader, readLink, lock, cleanUp, room: () => room });
  } catch (thrown) {
    writer.terminate();
    lock.release();
    await cleanUp();
    throw locatedFault(storageFault(thrown) ?? thrown, path);
  }
}

async function isNew(path: string): Promise<boolean> {
  const file = await Deno.stat(path).catch(() => null);
  return file === null || file.size === 0;
}

async function place({ path, sync = "full" }: SqliteOptions): Promise<
  { path: string; sync: Sync; cleanUp: () => Promise<void> }
> {
  if (path !== ":memory:") {
    await Deno.mkdir(dirname(path), { recursive: true }).catch((reason) => {
      throw unreachable(path, reason);
    });
    return { path, sync, cleanUp: () => Promise.resolve() };
  }
  const folder = await Deno.makeTempDir({ prefix: "mailroom-" });
  return { path: join(folder, "mailroom.db"), sync: "off", cleanUp: () => Deno.remove(folder, { recursive: true }) };
}
