import { type Kysely, type RawBuilder, sql } from "kysely";
import { engineOf } from "../authoring.ts";

/*
 * Many rows travel as one text, a JSON list of lists of values, and one statement takes them apart. As row operations each
 * would be written as JSON, read and bound by itself, by the worker, the server and its writer.
 */

export type TextColumns = readonly (readonly [name: string, type: "bigint" | "text"])[];

/**
 * What an insert takes its rows from: `before`, the values of each row of the text in the order of the columns, `after`.
 * The values of `before` are texts, those of `after` whole numbers.
 */
export function textRows(
  // deno-lint-ignore no-explicit-any -- of any schema
  db: Kysely<any>,
  text: string,
  { before, columns, after }: {
    readonly before: readonly string[];
    readonly columns: TextColumns;
    readonly after: readonly number[];
  },
): RawBuilder<never> {
  if (engineOf(db) === "postgres") {
    const values = sql.join([
      ...before.map((value) => sql`cast(${value} as text)`),
      ...columns.map(([, type], index) => sql.raw(`(value ->> ${index})::${type}`)),
      ...after.map((value) => sql`cast(${value} as bigint)`),
    ]);
    return sql`select ${values} from json_array_elements(cast(${text} as json))`;
  }
  const values = sql.join([
    ...before.map((value) => sql`${value}`),
    ...columns.map((_, index) => sql.raw(`value ->> ${index}`)),
    ...after.map((value) => sql`${value}`),
  ]);
  // Without the condition SQLite takes "on conflict" for the beginning of a join's.
  return sql`select ${values} from jsonb_each(${text}) where true`;
}

/** Texts of a JSON list, as the right side of `in`: as one value, since a place for each costs more than the statement. */
// deno-lint-ignore no-explicit-any -- of any schema
export function textsIn(db: Kysely<any>, text: string): RawBuilder<string> {
  return engineOf(db) === "postgres"
    ? sql`(select value from json_array_elements_text(cast(${text} as json)))`
    : sql`(select value from json_each(${text}))`;
}
