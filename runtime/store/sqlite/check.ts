import { DatabaseSync } from "node:sqlite";
import { DEFAULT_MIGRATION_TABLE } from "kysely/migration";
import { RuntimeError } from "../../core/errors.ts";
import { storageFault } from "./faults.ts";

/** What is told of a database file that was read through. */
export interface CheckedFile {
  /** Names, in order. */
  readonly migrations: readonly string[];
  /** Rows by table, Kysely's own tables apart. */
  readonly rows: Readonly<Record<string, number>>;
}

const SHOWN_PROBLEMS = 3;

/**
 * Reads a whole database file: its pages, indexes and constraints.
 * @throws {RuntimeError} `storage-corrupt` when anything in it is wrong, or it is no database of Mailroom
 */
export function checkFile(path: string): CheckedFile {
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    const problems = [
      ...db.prepare("pragma integrity_check").all().map((row) => String(row["integrity_check"])),
      ...db.prepare("pragma foreign_key_check").all().map((row) =>
        `a row of ${row["table"]} names none of ${row["parent"]}`
      ),
    ].filter((problem) => problem !== "ok");
    if (problems.length > 0) throw damaged(path, problems.slice(0, SHOWN_PROBLEMS).join("; "));
    const tables = db.prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'").all()
      .map((row) => String(row["name"]));
    if (!tables.includes(DEFAULT_MIGRATION_TABLE)) throw damaged(path, "it is no database of Mailroom");
    const migrations = db.prepare(`select name from ${DEFAULT_MIGRATION_TABLE} order by name`).all();
    return {
      migrations: migrations.map((row) => String(row["name"])),
      rows: Object.fromEntries(
        tables.filter((table) => !table.startsWith(DEFAULT_MIGRATION_TABLE))
          .map((table) => [table, Number(db.prepare(`select count(*) as rows from "${table}"`).get()?.["rows"])]),
      ),
    };
  } catch (thrown) {
    if (thrown instanceof RuntimeError) throw thrown;
    const fault = storageFault(thrown);
    if (fault === undefined) throw thrown;
    throw fault.code === "storage-corrupt" ? damaged(path, fault.message) : fault;
  }
}

function damaged(path: string, problem: string): RuntimeError {
  return new RuntimeError("storage-corrupt", `${path} cannot be used: ${problem}. Take another backup`);
}
