import { join } from "node:path";
import type { Registry } from "../../runtime/actor/registry.ts";
import { migrate } from "../../runtime/store/migrate.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";

const migrated = new Map<Registry, Promise<Uint8Array>>();

/** Writes a file with the tables of a registry in which there was no life yet: a copy of one that was migrated once. */
export async function writeMigrated(path: string, registry: Registry): Promise<void> {
  let bytes = migrated.get(registry);
  if (bytes === undefined) migrated.set(registry, bytes = migratedBytes(registry));
  await Deno.writeFile(path, await bytes, { createNew: true });
}

async function migratedBytes(registry: Registry): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-migrated-" });
  try {
    const path = join(folder, "mailroom.db");
    const db = openWriterConnection(path, "off");
    try {
      await migrate(kyselyOver(db), registry);
    } finally {
      db.close();
    }
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
