import type { Compilable } from "kysely";
import { Parameter, placeholders, type SqlValue } from "../actor/tables.ts";

/**
 * SQL text with what goes in its places, in order: the name of an argument, or a constant. Built by Kysely once; run any
 * number of times, because the builder costs several times more than the row it writes. It may come from another thread, so
 * a place for an argument is known by being no value, not by its class.
 */
export interface Statement {
  readonly sql: string;
  readonly bind: readonly (Parameter | SqlValue)[];
}

/** What an argument may be where a statement is run. */
export type Bindable = SqlValue | Uint8Array;

/** By builder, and by how many rows: a process that opens several stores compiles what is declared once. */
type Compiled = WeakMap<object, Map<number | null, Statement>>;
const byDatabase = new WeakMap<object, Compiled>();

/**
 * Compiles what `build` makes of arguments that are not known yet. Of the same two it is compiled once.
 * @throws {TypeError} when `build` works with an argument's value, or holds a constant that cannot be bound
 */
export function compileStatement<D extends object, A extends object>(
  db: D,
  build: (db: D, args: A) => Compilable,
): Statement {
  return once({ db, build, rows: null }, () => build(db, placeholders()));
}

/**
 * The same for so many rows at once, to be bound with {@linkcode bindRows}.
 * @throws {TypeError}
 */
export function compileRows<D extends object, A extends object>(
  db: D,
  build: (db: D, rows: readonly A[]) => Compilable,
  { rows }: { rows: number },
): Statement {
  return once(
    { db, build, rows },
    () => build(db, Array.from({ length: rows }, (_, row) => placeholders<A>(row))),
  );
}

function once(
  { db, build, rows }: { db: object; build: object; rows: number | null },
  make: () => Compilable,
): Statement {
  const byBuilder = kept(byDatabase, db, () => new WeakMap() as Compiled);
  const byRows = kept(byBuilder, build, () => new Map<number | null, Statement>());
  let statement = byRows.get(rows);
  if (statement === undefined) byRows.set(rows, statement = compiled(make()));
  return statement;
}

function kept<Value>(all: WeakMap<object, Value>, key: object, make: () => Value): Value {
  let value = all.get(key);
  if (value === undefined) all.set(key, value = make());
  return value;
}

type Arguments<T> = Readonly<Record<string, T | undefined>>;

/**
 * The values of a statement's places, in order.
 * @throws {TypeError} when `args` lacks one: a missing value would silently become NULL
 */
export function bindArguments<T extends Bindable>(statement: Statement, args: Arguments<T>): (T | SqlValue)[] {
  return bindRows(statement, [args]);
}

/** The same for the arguments of as many rows as the statement was compiled for. @throws {TypeError} */
export function bindRows<T extends Bindable>({ bind }: Statement, rows: readonly Arguments<T>[]): (T | SqlValue)[] {
  const values: (T | SqlValue)[] = [];
  for (const part of bind) {
    if (part === null || typeof part !== "object") {
      values.push(part);
      continue;
    }
    const value = rows[part.row]![part.name];
    if (value === undefined) throw new TypeError(`The argument ${part.name} is missing: give null for no value`);
    values.push(value);
  }
  return values;
}

function compiled(built: Compilable): Statement {
  const { sql, parameters } = built.compile();
  return { sql, bind: parameters.map(checked) };
}

function checked(part: unknown): Parameter | SqlValue {
  if (part instanceof Parameter || part === null || typeof part === "number") return part;
  if (typeof part === "string") {
    if (!part.includes(String({}))) return part;
    throw new TypeError(
      "An argument was made part of a text; a statement is built once, before its arguments are known",
    );
  }
  throw new TypeError(`A constant is a ${typeof part}; it must be a string, a number or null (a boolean is 0 or 1)`);
}
