import type { Kysely } from "kysely";
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from "kysely/migration";
import type { Registry } from "../actor/registry.ts";
import { RuntimeError } from "../core/errors.ts";
import { runtimeTables } from "./migrations/2026-11-22-runtime.ts";
import { supervisionTables } from "./migrations/2026-11-22-supervision.ts";
import { retentionIndexes } from "./migrations/2026-11-23-retention.ts";
import { eventSegments } from "./migrations/2026-11-24-event-log.ts";
import { recordedMail } from "./migrations/2026-11-24-recorded-mail.ts";
import { tenantCounters } from "./migrations/2026-11-24-tenant-counters.ts";
import { wishedBy } from "./migrations/2026-11-27-wished-by.ts";

const OWN: Readonly<Record<string, Migration>> = {
  "2026-11-22-runtime": runtimeTables,
  "2026-11-22-supervision": supervisionTables,
  "2026-11-23-retention": retentionIndexes,
  "2026-11-24-event-log": eventSegments,
  "2026-11-24-recorded-mail": recordedMail,
  "2026-11-24-tenant-counters": tenantCounters,
  "2026-11-27-wished-by": wishedBy,
};

/**
 * Brings the database to what this program knows, the runtime's tables and those of all kinds: in one transaction, so a
 * migration that fails, or a process that dies, leaves the database as it was.
 * @throws {RuntimeError} `storage-newer` when the database bears a migration that this program does not know
 * @throws whatever a migration throws
 */
export async function migrate(db: Kysely<unknown>, registry: Registry): Promise<void> {
  const known = allMigrations(registry);
  await db.transaction().execute(async (transaction) => {
    await refuseNewer(transaction, known);
    const migrator = new Migrator({
      db: transaction,
      provider: { getMigrations: () => Promise.resolve(known) },
      allowUnorderedMigrations: true,
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  });
}

/** Those of the given names that this program does not know. */
export function unknownMigrations(registry: Registry, names: readonly string[]): readonly string[] {
  const known = allMigrations(registry);
  return names.filter((name) => !Object.hasOwn(known, name));
}

/** The runtime's and those of all kinds, by name. */
export function allMigrations(registry: Registry): Record<string, Migration> {
  const all: Record<string, Migration> = { ...OWN };
  for (const tables of registry.tables.values()) {
    for (const [name, migration] of Object.entries(tables.migrations)) {
      if (Object.hasOwn(all, name)) {
        throw new TypeError(`Two migrations are named ${name}: rename the one of ${tables.name}`);
      }
      all[name] = migration;
    }
  }
  return all;
}

async function refuseNewer(db: Kysely<unknown>, known: Readonly<Record<string, Migration>>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return;
  const done = await (db as Kysely<Record<string, { name: string }>>)
    .selectFrom(DEFAULT_MIGRATION_TABLE).select("name").execute();
  const unknown = done.map(({ name }) => name).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length === 0) return;
  throw new RuntimeError(
    "storage-newer",
    `The database was written by a newer program: this one does not know ${unknown.join(", ")}. ` +
      "Nothing was changed. Run the newer program, or start this one with a backup from before the update.",
  );
}
