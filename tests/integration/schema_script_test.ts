import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { registry } from "../../actors/mod.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { maintain } from "../../runtime/store/maintenance.ts";
import { allMigrations, migrate } from "../../runtime/store/migrate.ts";
import { openStore } from "../../runtime/store/open.ts";
import { rolesScript } from "../../runtime/store/postgres/roles_script.ts";
import { schemaScript } from "../../runtime/store/schema_script.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";
import { migrateAt, migratedDatabase } from "../support/migrated_postgres.ts";
import { queryAt, type TestDatabase, testDatabase } from "../support/postgres.ts";
import { append, commit, entry, NOON } from "../support/store_entries.ts";

Deno.test("schemaScript() makes what a migration of SQLite makes, and leaves nothing to migrate", async () => {
  await using folder = await temporaryFolder();
  const [written, migrated] = ["written.db", "migrated.db"].map((name) =>
    openWriterConnection(`${folder.path}/${name}`, "off")
  );
  written!.exec(await schemaScript("sqlite", registry));
  assert.deepEqual(await migrate(kyselyOver(written!), registry), []);
  await migrate(kyselyOver(migrated!), registry);
  assert.deepEqual(schemaOf(written!), schemaOf(migrated!));
  assert.ok(schemaOf(written!).length > 40);
  for (const db of [written!, migrated!]) db.close();
});

Deno.test("schemaScript() makes what a migration of Postgres makes, and leaves nothing to migrate", async () => {
  await using written = await testDatabase();
  await using migrated = await migratedDatabase(registry);
  await written.query(await schemaScript("postgres", registry));
  assert.deepEqual(await migrateAt(written.url, registry), []);
  for (const question of ALL_THERE_IS) {
    const rows = await written.query(question);
    assert.deepEqual(rows, await migrated.query(question));
    assert.ok(rows.length > 1, question);
  }
});

Deno.test("schemaScript() is the same text each time", async () => {
  assert.equal(await schemaScript("postgres", registry), await schemaScript("postgres", registry));
});

Deno.test("rolesScript() lets one role migrate, one run a node, and one only read", async () => {
  await using database = await testDatabase({ own: true });
  for (const _ of ["once", "again"]) await database.query(rolesScript());
  const [migrates, runs, reads] = ["mailroom_migrate", "mailroom_run", "mailroom_read"].map((role) =>
    urlOf(database, role)
  );

  const options = { databaseUrl: runs!, registry, registryUrl, node: "test", now: NOON };
  await assert.rejects(openStore(options), { code: "invalid-config", message: /DATABASE_MIGRATE_URL/ });
  await (await openStore({ ...options, migrateUrl: migrates!, readUrl: reads! })).close();

  const store = await openStore({ ...options, readUrl: reads! });
  try {
    const write = append({ tenant: "acme", kind: "import", key: "one" }, { fresh: true, recorded: true });
    await commit(
      store,
      entry({ tenant: "acme", writes: [write], events: [{ type: "a.b", subject: "x", data: "null" }] }),
    );
    await store.shared?.renew({ running: 0, waiting: 0 });
    const page = await store.read.query({ tenant: "acme", tables: "job", query: "page", args: '{"limit":5}' });
    assert.deepEqual((JSON.parse(page) as { id: string }[]).map(({ id }) => id), ["one"]);
  } finally {
    await store.close();
  }
  for (
    const ddl of [
      "create table mine (id bigint)",
      "alter table messages add column mine text",
      "drop table audit",
      "truncate audit",
    ]
  ) {
    await assert.rejects(queryAt(runs!, ddl), /permission denied|must be owner/, ddl);
  }
  assert.equal((await queryAt(reads!, "select * from messages")).length, 1);
  for (const change of ["delete from messages", "select nextval('message_seq')", "create table mine (id bigint)"]) {
    await assert.rejects(queryAt(reads!, change), /read-only transaction|permission denied/, change);
    await assert.rejects(
      queryAt(`${reads}?options=-c%20default_transaction_read_only%3Doff`, change),
      /permission denied/,
      change,
    );
  }
});

Deno.test("maintain() migrates and says what it did, and says nothing was to be done the second time", async () => {
  await using folder = await temporaryFolder();
  await using database = await testDatabase();
  for (const databaseUrl of [`sqlite:${folder.path}/new/mailroom.db`, database.url]) {
    const names = Object.keys(allMigrations(registry)).sort().map((name) => `Migrated: ${name}`);
    assert.deepEqual(await said(databaseUrl, "migrate"), [...names, "The database has all that this program knows"]);
    assert.deepEqual(await said(databaseUrl, "migrate"), ["There was nothing to migrate"]);
  }
});

Deno.test("maintain() prints the schema of the engine that is asked for, by default of the one in use", async () => {
  const [sqlite, postgres] = [await schemaScript("sqlite", registry), await schemaScript("postgres", registry)];
  const [file, server] = ["sqlite:./nowhere.db", "postgres://nowhere/db"];
  for (
    const [databaseUrl, operands, expected] of [
      [file, [], sqlite],
      [server, [], postgres],
      [file, ["--engine", "postgres"], postgres],
      [server, ["--engine=sqlite"], sqlite],
      [file, ["--roles"], rolesScript()],
    ] as const
  ) assert.equal(`${(await said(databaseUrl, "schema", ...operands)).join("\n")}\n`, expected);
  for (
    const operands of [["--engine"], ["--engine", "mysql"], ["--engine", "sqlite", "--roles"], ["postgres"], ["--all"]]
  ) {
    await assert.rejects(said(file, "schema", ...operands), {
      code: "invalid-config",
      message: /--engine sqlite\|postgres/,
    });
  }
});

Deno.test("maintain() leaves backups of a Postgres to its own programs", async () => {
  for (const [command, ...operands] of [["backup"], ["restore", "x.db"]] as const) {
    await assert.rejects(
      said("postgres://ann:hush@nowhere/db", command, ...operands),
      (error) =>
        error instanceof RuntimeError && error.code === "invalid-config" && /pg_dump/.test(error.message) &&
        !/hush/.test(error.message),
    );
  }
});

const registryUrl = new URL("../../actors/mod.ts", import.meta.url).href;

/** Columns, indexes, constraints, views, sequences and settings of tables. */
const ALL_THERE_IS = [
  `select table_name, column_name, ordinal_position, data_type, collation_name, is_nullable, column_default, is_identity
    from information_schema.columns where table_schema = 'public' order by 1, 3`,
  "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2",
  `select conrelid::regclass::text as of, conname, pg_get_constraintdef(oid) as what from pg_constraint
    where connamespace = 'public'::regnamespace order by 1, 2`,
  "select viewname, definition from pg_views where schemaname = 'public' order by 1",
  "select sequencename, data_type, increment_by from pg_sequences order by 1",
  `select relname, reloptions from pg_class where relnamespace = 'public'::regnamespace and reloptions is not null order by 1`,
  "select name from kysely_migration order by 1",
];

function schemaOf(db: DatabaseSync): unknown[] {
  return db.prepare("select type, name, sql from sqlite_schema order by type, name").all()
    .concat(db.prepare("select name from kysely_migration order by name").all())
    .map((row) => ({ ...row, sql: String(row["sql"]).replace(/ if not exists/, "") }));
}

function urlOf({ url }: TestDatabase, role: string): string {
  return url.replace("postgres@", `${role}@`);
}

async function said(databaseUrl: string, command: string, ...operands: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  await maintain(command, operands, { databaseUrl, registry, clock: systemClock, say: (line) => lines.push(line) });
  return lines;
}

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "mailroom-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
