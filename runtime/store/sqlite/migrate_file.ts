import { dirname } from "node:path";
import type { Registry } from "../../actor/registry.ts";
import { migrate } from "../migrate.ts";
import { openWriterConnection } from "./connection.ts";
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
    const db = openWriterConnection(path, "full");
    try {
      return await migrate(kyselyOver(db), registry);
    } finally {
      db.close();
    }
  } catch (thrown) {
    throw locatedFault(storageFault(thrown) ?? thrown, path);
  } finally {
    lock.release();
  }
}
