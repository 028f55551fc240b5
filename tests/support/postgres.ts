// @ts-types="../../runtime/store/postgres/pg.d.ts"
import pg from "pg";
import { type PostgresOptions, type PostgresServer, startPostgres } from "./postgres_server.ts";

/** An empty database of a test's own on a real Postgres. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** The server it is on. Others' databases are there too, unless it was asked for with `own`. */
  readonly server: PostgresServer;
  /** Runs one statement over a connection of its own, as superuser. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface TestDatabaseOptions extends PostgresOptions {
  /** A server that nobody else uses: for tests that stop it. */
  readonly own?: boolean;
  /** A database to start from as a copy; nobody may be connected to it meanwhile. */
  readonly template?: string;
}

let shared: Promise<PostgresServer> | undefined;
let made = 0;

/** The server of this process; it starts with its first database and ends with the process. */
export function sharedPostgres(): Promise<PostgresServer> {
  shared ??= startPostgres();
  return shared;
}

/** A new database; it is dropped when disposed of, whoever is still connected. */
export async function testDatabase(
  { own = false, template, ...options }: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const isOwn = own || options.durable !== undefined || options.settings !== undefined;
  const server = isOwn ? await startPostgres(options) : await sharedPostgres();
  const name = `test_${++made}`;
  await queryAt(
    server.url("postgres"),
    `create database ${name}${template === undefined ? "" : ` template ${template}`}`,
  );
  const url = server.url(name);
  return {
    url,
    server,
    query: (sql, values) => queryAt(url, sql, values),
    async [Symbol.asyncDispose]() {
      if (isOwn) await server[Symbol.asyncDispose]();
      else await queryAt(server.url("postgres"), `drop database ${name} with (force)`);
    },
  };
}

/** One statement over a connection of its own; numbers come as numbers. */
export async function queryAt<Row>(url: string, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.setTypeParser(20, Number);
  client.setTypeParser(1700, Number);
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql, values.length === 0 ? undefined : values)).rows;
  } finally {
    await client.end();
  }
}
