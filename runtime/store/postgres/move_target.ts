// @ts-types="./pg.d.ts"
import type { Client } from "pg";
import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import { migrate } from "../migrate.ts";
import type { MovedTable, MovedValue, MoveTarget } from "../move/contract.ts";
import { openClient } from "./connection.ts";
import { kyselyOver, poolOfOne } from "./dialect.ts";
import { mustBeUtf8 } from "./encoding.ts";
import { storageFault } from "./faults.ts";
import { startFault } from "./start_fault.ts";

const FETCHED = 1_000;

/**
 * The database, migrated, with a transaction begun that keeps nodes from starting there until it is over.
 * @throws {RuntimeError} `conflict` when a node lives there or it has rows; `invalid-config`, `storage-unavailable`, `storage-newer`
 */
export async function openPostgresTarget(databaseUrl: string, registry: Registry): Promise<MoveTarget> {
  const client = await openClient({
    databaseUrl,
    purpose: "migration",
    node: "move",
    // The source is read in between, however long that takes.
    limits: { idle: 0, lock: 1_000 },
  }).catch((thrown) => {
    throw startFault(thrown) ?? thrown;
  });
  try {
    await mustBeUtf8(client);
    await migrate(kyselyOver(poolOfOne(client)), registry);
    await client.query("begin");
    const tables = await tablesOf(client);
    await mustBeEmpty(client, [...tables.keys()]);
    return targetOver(client, tables);
  } catch (thrown) {
    await client.end();
    return tellFault(thrown);
  }
}

function targetOver(client: Client, tables: ReadonlyMap<string, readonly string[]>): MoveTarget {
  const query = <Row>(text: string, values: readonly unknown[] = []) =>
    client.query<Row>(text, values).catch(tellFault);
  const columnsIn = ({ columns }: MovedTable) => columns.map((column) => client.escapeIdentifier(column)).join(", ");
  const tableOf = ({ name }: MovedTable) => client.escapeIdentifier(name);
  return {
    columnsOf: (table) => tables.get(table),
    async insert(table, rows) {
      const written = rows.map((row) =>
        Object.fromEntries(row.map((value, nth) => [table.columns[nth], shown(value)]))
      );
      await query(
        `insert into ${tableOf(table)} (${columnsIn(table)}) overriding system value
          select ${columnsIn(table)} from json_populate_recordset(null::${tableOf(table)}, $1)`,
        [JSON.stringify(written)],
      );
    },
    async setCounters({ seq, generation }) {
      await setSequence(client, "message_seq", seq);
      await setSequence(client, "life_generation", generation);
      for (const { table, column, sequence } of await identities(client)) {
        const { rows: [last] } = await query<{ last: number }>(
          `select coalesce(max(${client.escapeIdentifier(column)}), 0) as last from ${client.escapeIdentifier(table)}`,
        );
        await setSequence(client, sequence, last!.last);
      }
    },
    async *rows(table) {
      await query(`declare moved no scroll cursor for select ${columnsIn(table)} from ${tableOf(table)}`);
      for (;;) {
        const { rows } = await client.query<MovedValue[]>({ text: `fetch ${FETCHED} from moved`, rowMode: "array" })
          .catch(tellFault);
        yield* rows;
        if (rows.length < FETCHED) break;
      }
      await query("close moved");
    },
    async finish() {
      await query("commit");
    },
    // What is not committed by then is rolled back.
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Their columns by name; without what nodes and migrations keep. */
async function tablesOf(client: Client): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select c.relname as "table", array_agg(a.attname::text) as columns
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
        and c.relname not in ('kysely_migration', 'kysely_migration_lock', 'lives', 'nodes', 'budgets')
      group by c.relname order by c.relname`,
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

async function mustBeEmpty(client: Client, tables: readonly string[]): Promise<void> {
  await client.query("lock table lives in share row exclusive mode");
  const { rows: [alive] } = await client.query<{ node: string }>(
    `select node from lives where ended_at is null and lease_until > extract(epoch from clock_timestamp()) * 1000 order by generation limit 1`,
  );
  if (alive !== undefined) {
    throw new RuntimeError("conflict", `The node ${alive.node} lives on the target: stop it first. Nothing was moved`);
  }
  for (const table of tables) {
    const { rows } = await client.query(`select 1 from ${client.escapeIdentifier(table)} limit 1`);
    if (rows.length === 0) continue;
    throw new RuntimeError(
      "conflict",
      `The target has rows already (in ${table}): name an empty database. Nothing was moved`,
    );
  }
}

/** Columns that number their rows themselves. */
async function identities(client: Client): Promise<readonly { table: string; column: string; sequence: string }[]> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(
    `select c.relname as "table", a.attname as "column", pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attidentity <> ''
      where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace`,
  );
  return rows;
}

/** The next one is larger; never back, as a life that ended here may have had one. */
async function setSequence(client: Client, sequence: string, last: number): Promise<void> {
  if (last === 0) return;
  await client.query(`select setval($1::regclass, greatest($2::bigint, (select last_value from ${sequence})))`, [
    sequence,
    last,
  ]).catch(tellFault);
}

/** As JSON says it. */
function shown(value: MovedValue): string | number | null {
  return value instanceof Uint8Array ? `\\x${value.toHex()}` : value;
}

function tellFault(thrown: unknown): never {
  throw storageFault(thrown) ?? thrown;
}
