import type { DatabaseSync } from "node:sqlite";
import type { RowWrite } from "../../actor/journal.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { EntryWork } from "../entry_work.ts";
import { GatheredRows } from "../gathered_rows.ts";
import { type DeclaredStatements, type DeclaredWrite, unprepared } from "./declared_statements.ts";
import { entryFault, storageFault } from "./faults.ts";
import { Prepared, PreparedRows } from "./prepared.ts";
import { type Noted, notingTables, type TouchedTables } from "./touched_tables.ts";

interface RowStatement {
  readonly name: string;
  readonly whenUnchanged: DeclaredWrite["whenUnchanged"];
  readonly sumBy: readonly string[] | null;
  readonly touches: TouchedTables;
  /** Its place among all that are declared. */
  readonly place: number;
  /** Of several rows at once where they come many at a time. */
  readonly prepared: Prepared<object, unknown> | PreparedRows<object>;
}

const MAIL = "messages";

/** The writes that kinds declare for their own tables; all are prepared at once, so that a faulty one fails the start. */
export class Rows {
  readonly #statements = new Map<string, RowStatement>();
  /**
   * Of writes that come many at a time, not written yet; a statement's rows are in the order in which they came, and the
   * statements in the order in which they are declared.
   */
  readonly #gathered = new Map<
    RowStatement,
    { readonly prepared: PreparedRows<object>; readonly rows: GatheredRows }
  >();

  /** @throws {RuntimeError} `internal` when a declared write is no statement of this database */
  constructor(db: DatabaseSync, { writes }: Pick<DeclaredStatements, "writes">) {
    notingTables(db, (noted) => {
      for (const [place, write] of writes.entries()) {
        const statement = prepareWrite(db, { write, place, noted });
        this.#statements.set(statement.name, statement);
      }
    });
  }

  /**
   * Whether it need not wait for what was gathered, nor for messages that were appended: it comes many at a time itself, or
   * what it reads and writes is in other tables. An undeclared one is refused anyway.
   */
  isApart({ tables, write }: RowWrite): boolean {
    const statement = this.#statements.get(`${tables}.${write}`);
    if (statement === undefined || statement.prepared instanceof PreparedRows) return true;
    if (statement.touches.touches(MAIL)) return false;
    for (const gathered of this.#gathered.keys()) if (statement.touches.meets(gathered.touches)) return false;
    return true;
  }

  apply(work: EntryWork, { tables, write, args }: RowWrite): void {
    const statement = this.#statements.get(`${tables}.${write}`);
    if (statement === undefined) throw entryRefusals.noSuchWrite(`${tables}.${write}`);
    const row = { ...args, tenant: work.tenant };
    const { prepared } = statement;
    if (prepared instanceof Prepared) return mustChange(statement, { rows: 1, changes: prepared.run(row) });
    let gathered = this.#gathered.get(statement);
    if (gathered === undefined) {
      this.#gathered.set(statement, gathered = { prepared, rows: new GatheredRows(statement.sumBy) });
    }
    gathered.rows.add(row);
  }

  /** Writes what was gathered. @throws {RuntimeError} the storage's fault, or what one of the entries is refused with */
  flush(): void {
    if (this.#gathered.size === 0) return;
    const gathered = [...this.#gathered].sort(([one], [other]) => one.place - other.place);
    this.#gathered.clear();
    for (const [statement, { prepared, rows: { rows } }] of gathered) {
      try {
        mustChange(statement, { rows: rows.length, changes: prepared.run(rows) });
      } catch (thrown) {
        throw storageFault(thrown) ?? entryFault(thrown, statement.name);
      }
    }
  }

  /** Drops what has not been flushed. */
  discard(): void {
    this.#gathered.clear();
  }
}

function mustChange({ name, whenUnchanged }: RowStatement, { rows, changes }: { rows: number; changes: number }): void {
  if (changes >= rows || whenUnchanged === "ignore") return;
  throw entryRefusals.unchanged(name);
}

function prepareWrite(
  db: DatabaseSync,
  { write, place, noted }: { write: DeclaredWrite; place: number; noted: Noted },
): RowStatement {
  const { name, whenUnchanged, sumBy, statements, isMany } = write;
  try {
    const [prepared, touches] = noted(() =>
      isMany ? new PreparedRows(db, (rows) => statements[rows]!) : new Prepared<object, unknown>(db, statements[1]!)
    );
    return { name, whenUnchanged, sumBy, touches, place, prepared };
  } catch (cause) {
    throw unprepared(`The write ${name}`, cause);
  }
}
