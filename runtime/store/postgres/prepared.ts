import { type Compilable, type Kysely, type RawBuilder, sql } from "kysely";
import type { ArgsOf, Builder, RowOf } from "../read_statements.ts";
import type { RuntimeSchema } from "../schema.ts";
import { type Bindable, bindArguments, compileStatement, type Statement } from "../statements.ts";
import { postgresCompiler } from "./dialect.ts";
import type { Answer, NamedQuery } from "./driver.ts";

const compiler: Kysely<RuntimeSchema> = postgresCompiler();

/** What a statement is run over: a connection, which keeps what it has prepared once. */
export interface Connection {
  query(query: NamedQuery): Promise<Answer>;
}

let named = 0;

/** A statement that each connection prepares when it runs it for the first time. Columns come back in camelCase. */
export class Prepared<A extends object, Row> {
  readonly #statement: Statement;
  /** Connections know a statement by its name, so no two have the same. */
  readonly #name = `s${++named}`;
  #columns: readonly string[] | undefined;

  constructor(statement: Statement) {
    this.#statement = statement;
  }

  async all(connection: Connection, args: A): Promise<Row[]> {
    return this.rowsOf(await connection.query(this.asked(args)));
  }

  async get(connection: Connection, args: A): Promise<Row | undefined> {
    return (await this.all(connection, args))[0];
  }

  /** How many rows were changed. */
  async run(connection: Connection, args: A): Promise<number> {
    return (await connection.query(this.asked(args))).rowCount ?? 0;
  }

  /** For the driver. */
  asked(args: A): NamedQuery {
    const values = bindArguments(this.#statement, args as Readonly<Record<string, Bindable>>);
    return { name: this.#name, text: this.#statement.sql, values, rowMode: "array" };
  }

  /** What it answered to what was `asked`. */
  rowsOf({ rows, fields }: Pick<Answer, "rows" | "fields">): Row[] {
    const columns = this.#columns ??= fields.map(({ name }) => camelCase(name));
    return rows.map((values) => {
      const row: Record<string, unknown> = {};
      for (let index = 0; index < columns.length; index++) row[columns[index]!] = values[index];
      return row as Row;
    });
  }
}

/** The row type of the builder is the row type of the results. */
export function prepare<A extends object, Row>(
  build: (db: Kysely<RuntimeSchema>, args: A) => Compilable<Row>,
): Prepared<A, Row> {
  return new Prepared(compileStatement(compiler, build));
}

/** The same for a statement as text, with arguments in its places. */
export function prepareText<A extends object, Row>(build: (args: A) => RawBuilder<Row>): Prepared<A, Row> {
  return prepare<A, Row>((db, args) => ({ compile: () => build(args).compile(db) }));
}

/** Prepares every statement of a catalogue. */
export function prepareAll<C extends Readonly<Record<string, Builder>>>(catalogue: C): PreparedAll<C> {
  const prepared = Object.entries(catalogue).map(([name, build]) => [name, prepare(build)]);
  return Object.fromEntries(prepared) as PreparedAll<C>;
}

type PreparedAll<C extends Readonly<Record<string, Builder>>> = {
  readonly [Name in keyof C]: Prepared<ArgsOf<C[Name]>, RowOf<C[Name]>>;
};

/** Columns in the shape that they are selected in, for statements as text. */
export function columnsOf(columns: readonly string[], { of }: { of: string }): RawBuilder<unknown> {
  return sql.join(columns.map((column) => {
    const [name, alias] = column.split(" as ") as [string, string?];
    const reference = sql.ref(`${of}.${name}`);
    return alias === undefined ? reference : sql`${reference} as ${sql.ref(alias)}`;
  }));
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
