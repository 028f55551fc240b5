import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Compilable, Kysely } from "kysely";
import type { ArgsOf, Builder, RowOf } from "../read_statements.ts";
import type { RuntimeSchema } from "../schema.ts";
import {
  type Bindable,
  bindArguments,
  bindRows,
  compileRows,
  compileStatement,
  type Statement,
} from "../statements.ts";
import { sqliteCompiler } from "./dialect.ts";

const compiler: Kysely<RuntimeSchema> = sqliteCompiler();

/** Prepares what `build` makes for any number of rows. */
export function prepareRows<A extends Args>(
  db: DatabaseSync,
  build: (db: Kysely<RuntimeSchema>, rows: readonly A[]) => Compilable,
): PreparedRows<A> {
  return new PreparedRows(db, (rows) => compileRows(compiler, build, { rows }));
}

/** Prepares what `build` makes; the row type of the builder is the row type of the results. */
export function prepare<A extends Args, Row>(
  db: DatabaseSync,
  build: (db: Kysely<RuntimeSchema>, args: A) => Compilable<Row>,
): Prepared<A, Row> {
  return new Prepared(db, compileStatement(compiler, build));
}

/** Prepares every statement of a catalogue. */
export function prepareAll<C extends Readonly<Record<string, Builder>>>(
  db: DatabaseSync,
  catalogue: C,
): PreparedAll<C> {
  const prepared = Object.entries(catalogue).map(([name, build]) => [name, prepare(db, build)]);
  return Object.fromEntries(prepared) as PreparedAll<C>;
}

type PreparedAll<C extends Readonly<Record<string, Builder>>> = {
  readonly [Name in keyof C]: Prepared<ArgsOf<C[Name]>, RowOf<C[Name]>>;
};

/** The platform has the method, its types do not yet. */
type ArrayStatement = StatementSync & { setReturnArrays(on: boolean): void };

const AS_ARRAYS = true;

/** Arguments by name; `object` because interfaces have no index signature. */
type Args = object;

/** A statement kept by SQLite for any number of runs. Columns come back in camelCase. */
export class Prepared<A extends Args, Row> {
  readonly #statement: Statement;
  readonly #prepared: StatementSync;
  readonly #columns: readonly string[];
  /** A row without values: a copy of it is made and filled in half the time that adding its columns one by one takes. */
  readonly #blank: Readonly<Record<string, unknown>>;

  constructor(db: DatabaseSync, statement: Statement) {
    this.#statement = statement;
    this.#prepared = db.prepare(statement.sql);
    (this.#prepared as ArrayStatement).setReturnArrays(AS_ARRAYS);
    this.#columns = this.#prepared.columns().map(({ name }) => camelCase(name));
    this.#blank = JSON.parse(JSON.stringify(Object.fromEntries(this.#columns.map((column) => [column, null]))));
  }

  get returnsRows(): boolean {
    return this.#columns.length > 0;
  }

  /** How many rows were changed. */
  run(args: A): number {
    return Number(this.#prepared.run(...this.#values(args)).changes);
  }

  get(args: A): Row | undefined {
    const values = this.#prepared.get(...this.#values(args)) as unknown[] | undefined;
    return values === undefined ? undefined : this.#row(values);
  }

  all(args: A): Row[] {
    return (this.#prepared.all(...this.#values(args)) as unknown as unknown[][]).map((values) => this.#row(values));
  }

  /** The rows one by one; the loop must be left, or run out, before the connection does anything else. */
  *each(args: A): Generator<Row, void, void> {
    for (const values of this.#prepared.iterate(...this.#values(args)) as Iterable<unknown>) {
      yield this.#row(values as unknown[]);
    }
  }

  #values(args: A): Bindable[] {
    return bindArguments(this.#statement, args as Readonly<Record<string, Bindable>>);
  }

  #row(values: readonly unknown[]): Row {
    const row: Record<string, unknown> = { ...this.#blank };
    for (let index = 0; index < this.#columns.length; index++) row[this.#columns[index]!] = values[index];
    return row as Row;
  }
}

/** The largest first; the last one takes what is left. */
export const ROWS_AT_ONCE: readonly number[] = [32, 8, 1];

/**
 * A write of rows, several with one statement where there are many: what a call costs beside its rows is paid once then.
 * The statement for one is prepared at once, and shows whether it is one; those for several when so many come.
 */
export class PreparedRows<A extends Args> {
  readonly #db: DatabaseSync;
  readonly #statementOf: (rows: number) => Statement;
  readonly #writes = new Map<number, PreparedWrite>();

  constructor(db: DatabaseSync, statementOf: (rows: number) => Statement) {
    this.#db = db;
    this.#statementOf = statementOf;
    this.#of(1);
  }

  /** How many rows were changed. */
  run(rows: readonly A[]): number {
    let changes = 0;
    let from = 0;
    for (const size of ROWS_AT_ONCE) {
      for (; rows.length - from >= size; from += size) {
        changes += run(this.#of(size), rows.slice(from, from + size));
      }
    }
    return changes;
  }

  #of(rows: number): PreparedWrite {
    const known = this.#writes.get(rows);
    if (known !== undefined) return known;
    const statement = this.#statementOf(rows);
    const write = { statement, prepared: this.#db.prepare(statement.sql) };
    this.#writes.set(rows, write);
    return write;
  }
}

interface PreparedWrite {
  readonly statement: Statement;
  readonly prepared: StatementSync;
}

function run({ statement, prepared }: PreparedWrite, rows: readonly Args[]): number {
  const values = bindRows(statement, rows as readonly Readonly<Record<string, Bindable>>[]);
  return Number(prepared.run(...values).changes);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
