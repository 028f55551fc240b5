import assert from "node:assert/strict";
import { Migrator } from "kysely/migration";
import type { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../runtime/actor/registry.ts";
import { allMigrations } from "../../runtime/store/migrate.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";

/** Makes a file as it was before a migration, puts rows into it, and answers what `fill` answers. */
export async function olderFile<T>(
  path: string,
  { registry, before }: { registry: Registry; before: string },
  fill: (db: DatabaseSync) => T,
): Promise<T> {
  const all = allMigrations(registry);
  const known = Object.fromEntries(Object.entries(all).filter(([name]) => name < before));
  assert.notEqual(Object.keys(known).length, Object.keys(all).length);
  using db = openWriterConnection(path, "off");
  const provider = { getMigrations: () => Promise.resolve(known) };
  const { error } = await new Migrator({ db: kyselyOver(db), provider, allowUnorderedMigrations: true })
    .migrateToLatest();
  if (error !== undefined) throw error;
  return fill(db);
}
