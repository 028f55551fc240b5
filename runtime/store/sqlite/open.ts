import { dirname, join } from "node:path";
import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Ownership, Store } from "../contract.ts";
import { openReaderConnection, type Sync } from "./connection.ts";
import { lockFile } from "./lock.ts";
import { Reader } from "./reader.ts";
import { ReadLink } from "./read_link.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { WorkerPort } from "./worker_port.ts";
import type { WriterRequest } from "./writer.ts";

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
}

/**
 * Locks the file, migrates it, and starts its writer and its reader.
 * @throws {RuntimeError} `storage-locked`, `storage-newer`, `storage-unavailable` or `storage-corrupt`
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { path, sync, cleanUp } = await place(options);
  const { registryUrl, registry, node, now } = options;
  const lock = await lockFile(path).catch(async (reason) => {
    await cleanUp();
    throw reason;
  });
  const writer = new WorkerPort(new URL("./writer.ts", import.meta.url), {
    name: "mailroom-writer",
    deathError: (reason) => new RuntimeError("storage-corrupt", `The writer of the database has died: ${reason}`),
  });
  try {
    const request: WriterRequest = { ask: "open", options: { path, registryUrl, node, now, sync } };
    const ownership = await writer.call(request) as Ownership;
    const reader = new Reader(openReaderConnection(path), registry);
    const readLink = new ReadLink({ path, registryUrl });
    return new SqliteStore(ownership, { writer, reader, readLink, lock, cleanUp });
  } catch (thrown) {
    writer.terminate();
    lock.release();
    await cleanUp();
    throw thrown;
  }
}

async function place({ path, sync = "full" }: SqliteOptions): Promise<
  { path: string; sync: Sync; cleanUp: () => Promise<void> }
> {
  if (path !== ":memory:") {
    await Deno.mkdir(dirname(path), { recursive: true });
    return { path, sync, cleanUp: () => Promise.resolve() };
  }
  const folder = await Deno.makeTempDir({ prefix: "mailroom-" });
  return { path: join(folder, "mailroom.db"), sync: "off", cleanUp: () => Deno.remove(folder, { recursive: true }) };
}
