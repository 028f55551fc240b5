import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import {
  CamelCasePlugin,
  CompiledQuery,
  type DatabaseConnection,
  DummyDriver,
  Kysely,
  type Logger,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  SqliteQueryCompiler,
  type SqliteStatement,
} from "kysely";

/**
 * Kysely over a connection of Deno's own SQLite; destroying it closes the connection. SQL is snake_case, code camelCase.
 * A connection that only reads may keep the statements it has used last: to prepare one costs more than most reads.
 */
export function kyselyOver<Schema>(db: DatabaseSync, { keptStatements = 0 } = {}): Kysely<Schema> {
  const dialect = new SqliteDialect({ database: {} as SqliteDatabase });
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new TransactionalAdapter(),
      createDriver: () => new ImmediateDriver(db, keptStatements),
      createIntrospector: (kysely) => dialect.createIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    plugins: [new CamelCasePlugin()],
  });
}

/** A Kysely that can only compile; whoever runs something all the same finds nothing, and `log` hears of it. */
export function sqliteCompiler<Schema>({ log }: { log?: Logger } = {}): Kysely<Schema> {
  const dialect = new SqliteDialect({ database: {} as SqliteDatabase });
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => dialect.createIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    plugins: [new CamelCasePlugin()],
    ...(log === undefined ? {} : { log }),
  });
}

/** Kysely's own says no, and a migration that fails midway would then leave its first half. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * A deferred transaction fails at once as busy when it first writes after another connection did. And SQLite rolls some
 * back by itself, as when the disk is full: a second time would fail and hide why.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync, keptStatements: number) {
    super({ database: asSqliteDatabase(db, keptStatements) });
    this.#db = db;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#db.isTransaction) await super.rollbackTransaction(connection);
  }
}

function asSqliteDatabase(db: DatabaseSync, keptStatements: number): SqliteDatabase {
  /** The one that was used last is the last. */
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => db.close(),
    prepare(sql) {
      const statement = kept.get(sql) ?? prepareStatement(db, sql);
      kept.delete(sql);
      if (keptStatements > 0) kept.set(sql, statement);
      if (kept.size > keptStatements) kept.delete(kept.keys().next().value!);
      return statement;
    },
  };
}

function prepareStatement(db: DatabaseSync, sql: string): SqliteStatement {
  const statement = db.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(bindable)),
    run: (parameters) => statement.run(...parameters.map(bindable)),
    // Two that are half read must not be one.
    iterate: (parameters) => db.prepare(sql).iterate(...parameters.map(bindable)) as IterableIterator<unknown>,
  };
}

function bindable(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value as SQLInputValue;
}
