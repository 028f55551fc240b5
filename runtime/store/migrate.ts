import { type Kysely, sql } from "kysely";
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from "kysely/migration";
import type { Registry } from "../actor/registry.ts";
import { RuntimeError } from "../core/errors.ts";
import { engineOf } from "./engine.ts";
import { runtimeTables } from "./migrations/2026-11-22-runtime.ts";
import { supervisionTables } from "./migrations/2026-11-22-supervision.ts";
import { retentionIndexes } from "./migrations/2026-11-23-retention.ts";
import { eventSegments } from "./migrations/2026-11-24-event-log.ts";
import { recordedMail } from "./migrations/2026-11-24-recorded-mail.ts";
import { tenantCounters } from "./migrations/2026-11-24-tenant-counters.ts";
import { wishedBy } from "./migrations/2026-11-27-wished-by.ts";
import { sharedStore } from "./migrations/2026-11-28-shared.ts";
import { batchMail } from "./migrations/2026-11-30-batch-mail.ts";

const OWN: Readonly<Record<string, Migration>> = {
  "2026-11-22-runtime": runtimeTables,
  "2026-11-22-supervision": supervisionTables,
  "2026-11-23-retention": retentionIndexes,
  "2026-11-24-event-log": eventSegments,
  "2026-11-24-recorded-mail": recordedMail,
  "2026-11-24-tenant-counters": tenantCounters,
  "2026-11-27-wished-by": wishedBy,
  "2026-11-28-shared": sharedStore,
  "2026-11-30-batch-mail": batchMail,
};

/**
 * Brings the database to what this program knows, the runtime's tables and those of all kinds: in one transaction, so a
 * migration that fails, or a process that dies, leaves the database as it was. Of several programs that start at once on one
 * Postgres, one migrates and the others wait for it; where there is nothing to do, no right to change tables is needed.
 * Answers the names of the migrations that it ran.
 * @throws {RuntimeError} `storage-newer` when the database bears a migration that this program does not know
 * @throws whatever a migration throws
 */
export async function migrate(db: Kysely<unknown>, registry: Registry): Promise<readonly string[]> {
  const known = allMigrations(registry);
  if (engineOf(db) === "postgres" && await isDone(db, known)) return [];
  return await db.transaction().execute(async (transaction) => {
    const place = await lockedPlace(transaction);
    await refuseNewer(transaction, known);
    const migrator = new Migrator({
      db: transaction,
      provider: { getMigrations: () => Promise.resolve(known) },
      allowUnorderedMigrations: true,
      ...place,
    });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    return results.map(({ migrationName }) => migrationName);
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

async function isDone(db: Kysely<unknown>, known: Readonly<Record<string, Migration>>): Promise<boolean> {
  const done = new Set(await refuseNewer(db, known));
  return Object.keys(known).every((name) => done.has(name));
}

/** Migrations of one Postgres come one after another; the number is any that nobody else uses. */
const LOCK = 7_161_412_251_128;

/** Answers where the migrations are kept account of: there, tables of others may bear the same names in other schemas. */
async function lockedPlace(db: Kysely<unknown>): Promise<{ readonly migrationTableSchema?: string }> {
  if (engineOf(db) !== "postgres") return {};
  await sql`select pg_advisory_xact_lock(${LOCK})`.execute(db);
  const { rows: [place] } = await sql<{ schema: string | null; mayCreate: number }>`
    select current_schema() as schema, has_schema_privilege(current_schema(), 'create') as may_create`.execute(db);
  if (place?.schema && place.mayCreate) return { migrationTableSchema: place.schema };
  throw new RuntimeError(
    "invalid-config",
    "The database has to be migrated, and this role may not make tables there: set DATABASE_MIGRATE_URL to a role that may, " +
      "for this program or for deno task migrate",
  );
}

/** Answers the names of those that the database bears. */
async function refuseNewer(
  db: Kysely<unknown>,
  known: Readonly<Record<string, Migration>>,
): Promise<readonly string[]> {
  if (!await hasMigrations(db)) return [];
  const done = await (db as Kysely<Record<string, { name: string }>>)
    .selectFrom(DEFAULT_MIGRATION_TABLE).select("name").execute();
  const names = done.map(({ name }) => name);
  const unknown = names.filter((name) => !Object.hasOwn(known, name));
  if (unknown.length === 0) return names;
  throw new RuntimeError(
    "storage-newer",
    `The database was written by a newer program: this one does not know ${unknown.join(", ")}. ` +
      "Nothing was changed. Run the newer program, or start this one with a backup from before the update.",
  );
}

async function hasMigrations(db: Kysely<unknown>): Promise<boolean> {
  if (engineOf(db) === "postgres") {
    const { rows: [found] } = await sql<{ found: number }>`
      select to_regclass(${DEFAULT_MIGRATION_TABLE}) is not null as found`.execute(db);
    return Boolean(found?.found);
  }
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  return tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE);
}
