import { dirname } from "node:path";
import type { Registry } from "../../actor/registry.ts";
import { migrate } from "../migrate.ts";
import { openWriterConnection, type Sync } from "./connection.ts";
import { kyselyOver } from "./dialect.ts";
import { locatedFault, storageFault, unreachable } from "./faults.ts";
import { lockFile } from "./lock.ts";

/**
 * Brings a file that no server has open to what this program knows; it is made where there is none. Answers the names of the
 * migrations that were run.
 * @throws {RuntimeError} `storage-locked`, `storage-newer`, `storage-unavailable` or `storage-corrupt`
 */
export async function migrateFile(path: string, registry: Registry): Promise<readonly string[]> {
  await Deno.mkdir(dirname(path), { recursive: true }).catch((reason) => {
    throw unreachable(path, reason);
  });
  const lock = await lockFile(path);
  try {
    return await migrateLocked(path, { sync: "full", registry });
  } catch (thrown) {
    throw locatedFault(storageFault(thrown) ?? thrown, path);
  } finally {
    lock.release();
  }
}

/** The same for a file whose lock the caller holds. @throws whatever SQLite or a migration throws */
export async function migrateLocked(
  path: string,
  { sync, registry }: { sync: Sync; registry: Registry },
): Promise<readonly string[]> {
  const db = openWriterConnection(path, sync);
  try {
    return await migrate(kyselyOver(db), registry);
  } finally {
    db.close();
  }
}
