import type { Compilable } from "kysely";
import { Parameter, placeholders, type SqlValue } from "../actor/tables.ts";

/**
 * SQL text with what goes in its places, in order: the name of an argument, or a constant. Built by Kysely once; run any
 * number of times, because the builder costs several times more than the row it writes.
 */
export interface Statement {
  readonly sql: string;
  readonly bind: readonly (Parameter | SqlValue)[];
}

/** What an argument may be where a statement is run. */
export type Bindable = SqlValue | Uint8Array;

/**
 * Compiles what `build` makes of arguments that are not known yet.
 * @throws {TypeError} when `build` works with an argument's value, or holds a constant that cannot be bound
 */
export function compileStatement<D, A extends object>(
  db: D,
  build: (db: D, args: A) => Compilable,
): Statement {
  const { sql, parameters } = build(db, placeholders<A>()).compile();
  return { sql, bind: parameters.map(checked) };
}

/**
 * The values of a statement's places, in order.
 * @throws {TypeError} when `args` lacks one: a missing value would silently become NULL
 */
export function bindArguments<T extends Bindable>(
  { bind }: Statement,
  args: Readonly<Record<string, T | undefined>>,
): (T | SqlValue)[] {
  const values: (T | SqlValue)[] = [];
  for (const part of bind) {
    if (!(part instanceof Parameter)) {
      values.push(part);
      continue;
    }
    const value = args[part.name];
    if (value === undefined) throw new TypeError(`The argument ${part.name} is missing: give null for no value`);
    values.push(value);
  }
  return values;
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
