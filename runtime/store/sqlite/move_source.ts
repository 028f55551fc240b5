import type { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import { migrate } from "../migrate.ts";
import type { MovedTable, MovedValue, MoveSource } from "../move/contract.ts";
import { exists } from "./backup.ts";
import { openWriterConnection } from "./connection.ts";
import { kyselyOver } from "./dialect.ts";
import { lockFile } from "./lock.ts";

/** What a node keeps of its own life, and how the tables came to be. */
const LEFT_OUT = ["kysely_migration", "kysely_migration_lock", "lives", "nodes"];

/**
 * The file, brought to what this program knows, with its lock taken: no server has it open until it is disposed of.
 * @throws {RuntimeError} `not-found`, `storage-locked`, `storage-newer`; `conflict` for a text that Postgres cannot hold
 */
export async function openSqliteSource(path: string, registry: Registry): Promise<MoveSource> {
  if (!await exists(path)) throw new RuntimeError("not-found", `There is no database ${path}: look at --from`);
  const lock = await lockFile(path);
  let db: DatabaseSync | undefined;
  try {
    const opened = db = openWriterConnection(path, "full");
    await migrate(kyselyOver(opened), registry);
    const tables = tablesOf(opened);
    for (const table of tables) mustHoldNoNul(opened, table);
    return {
      tables,
      *rows({ name, columns }) {
        const statement = opened.prepare(`select ${columns.map(quoted).join(", ")} from ${quoted(name)}`);
        for (const row of statement.iterate() as Iterable<Record<string, MovedValue>>) {
          yield columns.map((column) => row[column]!);
        }
      },
      counters: {
        seq: largest(opened, ["messages.seq", "dead_letters.seq", "tenants.last_seq"]),
        generation: largest(opened, ["lives.generation", "nodes.generation"]),
      },
      [Symbol.dispose]() {
        opened.close();
        lock.release();
      },
    };
  } catch (thrown) {
    db?.close();
    lock.release();
    throw thrown;
  }
}

function tablesOf(db: DatabaseSync): readonly MovedTable[] {
  const tables = db.prepare(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name",
  );
  const columns = db.prepare("select name from pragma_table_info(?) order by name");
  return (tables.all() as { name: string }[]).map(({ name }) => name).filter((name) => !LEFT_OUT.includes(name))
    .map((name) => ({ name, columns: (columns.all(name) as { name: string }[]).map((column) => column.name) }));
}

/**
 * Texts with U+0000 would be read up to there.
 * @throws {RuntimeError} `conflict`
 */
function mustHoldNoNul(db: DatabaseSync, { name, columns }: MovedTable): void {
  const found = columns.map((column) =>
    `(typeof(${quoted(column)}) = 'text' and instr(${quoted(column)}, char(0)) > 0)`
  );
  const row = db.prepare(`select 1 from ${quoted(name)} where ${found.join(" or ")} limit 1`).get();
  if (row === undefined) return;
  throw new RuntimeError(
    "conflict",
    `A text in ${name} has the character U+0000, which Postgres cannot hold: nothing was moved`,
  );
}

/** Of all that these columns hold; 0 when that is nothing. */
function largest(db: DatabaseSync, columns: readonly string[]): number {
  return Math.max(...columns.map((column) => {
    const [table, name] = column.split(".") as [string, string];
    return (db.prepare(`select coalesce(max(${name}), 0) as largest from ${table}`).get() as { largest: number })
      .largest;
  }));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
