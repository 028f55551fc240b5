import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { registry as shipped } from "../../actors/mod.ts";
import type { Registry } from "../../runtime/actor/registry.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { allMigrations, migrate } from "../../runtime/store/migrate.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";
import { migrateAt, migratedDatabase } from "../support/migrated_postgres.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { registry as failing } from "../support/registry/failing_migration_registry.ts";
import { registry as notes } from "../support/registry/store_registry.ts";
import { registry as systemKinds } from "../support/registry/system_registry.ts";

/** What Postgres has beside what SQLite has, and the reverse. */
const ONLY_SHARED = {
  tables: ["budgets"],
  columns: [
    ...["owner"].map((name) => `messages.${name}`),
    ...["node", "role", "lease_until", "ended_at", "commits", "answer", "running", "waiting", "drained"]
      .map((name) => `lives.${name}`),
  ],
};

for (const [name, registry] of Object.entries({ shipped, notes, systemKinds })) {
  Deno.test(`migrate() makes the same tables and columns on both engines: ${name}`, async () => {
    await using database = await migratedDatabase(registry);
    assert.deepEqual(without(await columnsOf(database), ONLY_SHARED), await sqliteColumns(registry));
  });
}

Deno.test("migrate() has text compared by its bytes, whatever the database was made with", async () => {
  await using database = await migratedDatabase(notes);
  const [plain] = await database.query<{ first: string }>(
    "select min(word) as first from (values ('a'), ('B')) as words (word)",
  );
  assert.equal(plain!.first, "a");
  for (const id of ["a", "B", "ä"]) {
    await database.query("insert into notes (tenant, id, body, stars) values ('demo', $1, '', 0)", [id]);
  }
  const rows = await database.query<{ id: string }>("select id from notes order by id");
  assert.deepEqual(rows.map(({ id }) => id), ["B", "a", "ä"]);
  const loose = await database.query(`select table_name, column_name from information_schema.columns
    where table_schema = 'public' and data_type = 'text' and collation_name is distinct from 'C'
      and table_name not like 'kysely%'`);
  assert.deepEqual(loose, []);
});

Deno.test("migrate() is run by one of several that start at once on an empty database", async () => {
  await using database = await testDatabase();
  const ran = await Promise.all(Array.from({ length: 8 }, () => migrateAt(database.url, shipped)));
  const all = Object.keys(allMigrations(shipped)).sort();
  assert.deepEqual(ran.map((names) => names.length).sort((a, b) => a - b), [...Array(7).fill(0), all.length]);
  assert.deepEqual(ran.flat().sort(), all);
  assert.deepEqual(await migrateAt(database.url, shipped), []);
});

Deno.test("migrate() leaves nothing of a migration that fails midway, nor of those before it", async () => {
  await using database = await testDatabase();
  await assert.rejects(migrateAt(database.url, failing), /the second half is missing/);
  assert.deepEqual(await columnsOf(database), []);
  await migrateAt(database.url, notes);
  const before = await columnsOf(database);
  await assert.rejects(migrateAt(database.url, failing), /the second half is missing/);
  assert.deepEqual(await columnsOf(database), before);
});

Deno.test("migrate() refuses a database that a newer program has written, and leaves it", async () => {
  await using database = await migratedDatabase(shipped);
  await database.query("insert into kysely_migration (name, timestamp) values ('2099-01-01-later', '')");
  await assert.rejects(
    migrateAt(database.url, shipped),
    (error) =>
      error instanceof RuntimeError && error.code === "storage-newer" && /2099-01-01-later/.test(error.message),
  );
});

Deno.test("migrate() needs no right to change tables where nothing is to be done, and says what it needs where there is (S3-52)", async () => {
  await using database = await migratedDatabase(notes);
  await database.query("create role runs login");
  await database.query("grant select on kysely_migration to runs");
  const url = database.url.replace("postgres@", "runs@");
  try {
    assert.deepEqual(await migrateAt(url, notes), []);
    await assert.rejects(
      migrateAt(url, failing),
      (error) =>
        error instanceof RuntimeError && error.code === "invalid-config" && /DATABASE_MIGRATE_URL/.test(error.message),
    );
  } finally {
    await database.query("drop owned by runs");
    await database.query("drop role runs");
  }
});

Deno.test("migrate() is not led astray by the tables of another program in another schema", async () => {
  await using database = await testDatabase();
  await database.query("create schema other");
  await database.query("create table other.kysely_migration (name text)");
  await database.query("insert into other.kysely_migration values ('theirs')");
  await database.query("create table other.messages (id bigint)");
  assert.deepEqual((await migrateAt(database.url, notes)).toSorted(), Object.keys(allMigrations(notes)).sort());
});

Deno.test("migrate() has the view of events show each event as the row it is", async () => {
  await using database = await migratedDatabase(notes);
  const events = JSON.stringify([["a.b", "x", 5, '{"n":1}'], ["c.d", "ä\u2028", 6, "null"], ["e.f", "z", 7, "[]"]]);
  await database.query("insert into event_log (tenant, last, first, events) values ('demo', 9, 7, $1)", [events]);
  await database.query("insert into tenants (tenant, last_event, trimmed_to) values ('demo', 9, 7)");
  assert.deepEqual(await database.query("select * from events order by number"), [
    { tenant: "demo", number: 8, type: "c.d", subject: "ä\u2028", at: 6, data: "null" },
    { tenant: "demo", number: 9, type: "e.f", subject: "z", at: 7, data: "[]" },
  ]);
});

async function columnsOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ found: string }>(`
    select table_name || '.' || column_name || case
      when is_nullable = 'YES' or table_name in (select table_name from information_schema.views) then '' else ' not null'
      end as found
    from information_schema.columns where table_schema = 'public'`);
  return rows.map(({ found }) => found).filter(isOurs).sort();
}

async function sqliteColumns(registry: Registry): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  try {
    using db: DatabaseSync = openWriterConnection(path, "off");
    await migrate(kyselyOver(db), registry);
    const rows = db.prepare(`select name, type from sqlite_schema where type in ('table', 'view')`).all();
    return rows.flatMap(({ name }) =>
      db.prepare(`pragma table_info("${name}")`).all()
        .map((column) => `${name}.${column["name"]}${column["notnull"] || column["pk"] ? " not null" : ""}`)
    ).filter(isOurs).sort();
  } finally {
    for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
  }
}

function isOurs(column: string): boolean {
  return !column.startsWith("kysely_");
}

function without(columns: readonly string[], { tables, columns: more }: typeof ONLY_SHARED): string[] {
  return columns.filter((column) =>
    !tables.includes(column.split(".")[0]!) && !more.includes(column.replace(" not null", ""))
  );
}
