import {
  CamelCasePlugin,
  type ColumnDefinitionNode,
  DataTypeNode,
  type Dialect,
  DummyDriver,
  Kysely,
  type Logger,
  PostgresAdapter,
  type PostgresCursorConstructor,
  PostgresDialect,
  type PostgresPool,
  PostgresQueryCompiler,
  sql,
} from "kysely";

/**
 * Kysely over the connections of a pool; destroying it ends the pool. SQL is snake_case, code camelCase. Columns that a
 * migration declares mean the same as on SQLite: an `integer` has 64 bits, a `blob` is bytes, and a `text` is compared by
 * its bytes, whatever the database was made with.
 */
export function kyselyOver<Schema>(
  pool: PostgresPool,
  { cursor }: { cursor?: PostgresCursorConstructor } = {},
): Kysely<Schema> {
  const dialect = new PostgresDialect({ pool, ...(cursor === undefined ? {} : { cursor }) });
  return kyselyWith(dialect, () => dialect.createDriver());
}

/** A Kysely that can only compile; whoever runs something all the same finds nothing, and `log` hears of it. */
export function postgresCompiler<Schema>({ log }: { log?: Logger } = {}): Kysely<Schema> {
  return kyselyWith(new PostgresDialect({ pool: {} as PostgresPool }), () => new DummyDriver(), log);
}

/** One connection in the place of a pool: one transaction at a time. It stays open when Kysely is destroyed. */
export function poolOfOne(client: Pick<PoolClient, "query" | "processID">): PostgresPool {
  const shared: PoolClient = {
    query: ((...asked: Parameters<PoolClient["query"]>) => client.query(...asked)) as PoolClient["query"],
    get processID() {
      return client.processID!;
    },
    release: () => {},
  };
  return { options: {}, connect: () => Promise.resolve(shared), end: () => Promise.resolve() };
}

type PoolClient = Awaited<ReturnType<PostgresPool["connect"]>>;

function kyselyWith<Schema>(
  dialect: PostgresDialect,
  createDriver: Dialect["createDriver"],
  log?: Logger,
): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new LockedAdapter(),
      createDriver,
      createIntrospector: (kysely) => dialect.createIntrospector(kysely),
      createQueryCompiler: () => new Compiler(),
    },
    plugins: [new CamelCasePlugin()],
    ...(log === undefined ? {} : { log }),
  });
}

/** Kysely's own lock belongs to the session and outlives a transaction that failed; migrations take one that does not. */
class LockedAdapter extends PostgresAdapter {
  override acquireMigrationLock(): Promise<void> {
    return Promise.resolve();
  }

  override releaseMigrationLock(): Promise<void> {
    return Promise.resolve();
  }
}

const TYPES: Readonly<Record<string, string>> = { integer: "bigint", blob: "bytea", text: 'text collate "C"' };

class Compiler extends PostgresQueryCompiler {
  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    const { dataType } = node;
    const type = DataTypeNode.is(dataType) ? TYPES[dataType.dataType] : undefined;
    super.visitColumnDefinition(type === undefined ? node : { ...node, dataType: sql.raw(type).toOperationNode() });
  }
}
