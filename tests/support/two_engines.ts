import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import type { Registry } from "../../runtime/actor/registry.ts";
import type { BoundQuery, BoundWrite, HoldsBlob, SqlValue, Sweep, SweepSlice } from "../../runtime/actor/tables.ts";
import { migrate } from "../../runtime/store/migrate.ts";
import { openClient, type Purpose } from "../../runtime/store/postgres/connection.ts";
import * as postgres from "../../runtime/store/postgres/dialect.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import * as sqlite from "../../runtime/store/sqlite/dialect.ts";
import { bindRows, compileRows, compileStatement, type Statement } from "../../runtime/store/statements.ts";
import { migratedDatabase } from "./migrated_postgres.ts";

type Row = Readonly<Record<string, unknown>>;
type Args = Readonly<Record<string, SqlValue>>;

/** One database of a registry's tables, on which declared statements are run as they stand. */
export interface Engine {
  readonly name: "sqlite" | "postgres";
  /** Rows with one statement, as a node compiles it: before their values are known. Answers how many rows were changed. */
  write(write: BoundWrite, rows: readonly Args[]): Promise<number>;
  ask<R>(query: BoundQuery<never, R>, args: Readonly<Record<string, unknown>>): Promise<R>;
  /** What each statement returns. */
  sweep(sweep: Sweep, slice: SweepSlice): Promise<readonly (readonly Row[])[]>;
  holds(holdsBlob: HoldsBlob, blob: { tenant: string; id: string }): Promise<boolean>;
  /** Plain SQL that both know, with values in it. */
  run(sql: string): Promise<readonly Row[]>;
}

export interface TwoEngines extends AsyncDisposable {
  readonly engines: readonly [Engine, Engine];
  /** The statements that have been run on Postgres, with their values. */
  readonly asked: { readonly text: string; readonly values: readonly unknown[] }[];
  readonly postgres: postgresClient;
}

type postgresClient = Awaited<ReturnType<typeof openClient>>;

/** The same tables on a file of SQLite and on Postgres, where the session is set as a node sets it. */
export async function twoEngines(registry: Registry, purpose: Purpose = "listener"): Promise<TwoEngines> {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  const file = openWriterConnection(path, "off");
  const fileDb = sqlite.kyselyOver<unknown>(file);
  await migrate(fileDb, registry);
  const database = await migratedDatabase(registry);
  const client = await openClient({
    databaseUrl: database.url,
    purpose,
    node: "test",
    limits: { answer: 0 },
  });
  const asked: TwoEngines["asked"] = [];
  const serverDb = postgres.kyselyOver<unknown>(postgres.poolOfOne({
    processID: client.processID,
    query: ((text: string, values: readonly unknown[]) => {
      asked.push({ text, values });
      return client.query(text, values);
    }) as never,
  }));
  return {
    engines: [sqliteEngine(file, fileDb), postgresEngine(client, serverDb)],
    asked,
    postgres: client,
    async [Symbol.asyncDispose]() {
      file.close();
      for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

function sqliteEngine(file: DatabaseSync, db: Kysely<unknown>): Engine {
  const run = (statement: Statement, rows: readonly Args[]) => {
    const prepared = file.prepare(statement.sql);
    const values = bindRows(statement, rows);
    return Promise.resolve(
      prepared.columns().length > 0
        ? { rows: prepared.all(...values), changes: 0 }
        : { rows: [], changes: Number(prepared.run(...values).changes) },
    );
  };
  return {
    name: "sqlite",
    run: (sql) => Promise.resolve(file.prepare(sql).all()),
    ...declared(db, sqlite.sqliteCompiler(), run),
  };
}

function postgresEngine(client: postgresClient, db: Kysely<unknown>): Engine {
  const names = new Map<string, string>();
  const run = async (statement: Statement, rows: readonly Args[]) => {
    const text = statement.sql;
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    const result = await client.query({ name, text, values: bindRows(statement, rows) });
    return { rows: result.rows, changes: result.rowCount ?? 0 };
  };
  return {
    name: "postgres",
    run: async (sql) => (await client.query(sql)).rows,
    ...declared(db, postgres.postgresCompiler(), run),
  };
}

function declared(
  db: Kysely<unknown>,
  compiler: Kysely<unknown>,
  run: (statement: Statement, rows: readonly Args[]) => Promise<{ rows: readonly Row[]; changes: number }>,
): Omit<Engine, "name" | "run"> {
  return {
    async write({ build, buildMany }, rows) {
      if (buildMany === undefined) {
        let changes = 0;
        for (const row of rows) changes += (await run(compileStatement(compiler, build), [row])).changes;
        return changes;
      }
      const many = compileRows(compiler, buildMany, { rows: rows.length });
      return (await run(many, rows)).changes;
    },
    async ask<R>(
      { schema, run: ask, build }: BoundQuery<never, R>,
      { tenant, ...rest }: Readonly<Record<string, unknown>>,
    ) {
      const args = { ...schema.parse(rest) as object, tenant } as never;
      const answer = await ask(db as never, args);
      if (build === undefined) return plain(answer);
      const { rows: [row] } = await run(compileStatement(compiler, build), [args]);
      return plain(camel(row) ?? null) as R;
    },
    async sweep({ statements }, slice) {
      const returned: (readonly Row[])[] = [];
      for (const build of statements) {
        returned.push(plain((await run(compileStatement(compiler, build), [slice as never])).rows));
      }
      return returned;
    },
    holds: async (holdsBlob, blob) =>
      (await run(compileStatement(compiler, holdsBlob as never), [blob])).rows.length > 0,
  };
}

/** Rows of SQLite have no prototype. */
function plain<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value)) as T;
}

function camel(row: Row | undefined): Row | undefined {
  if (row === undefined) return undefined;
  const name = (column: string) => column.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [name(column), value]));
}
