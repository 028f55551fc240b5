import { type Kysely, PostgresAdapter, type RawBuilder, sql } from "kysely";

export type Engine = "sqlite" | "postgres";

/** Which database the statements built with `db` are for: where the two want different ones. */
// deno-lint-ignore no-explicit-any -- of any schema
export function engineOf(db: Pick<Kysely<any>, "getExecutor">): Engine {
  return db.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite";
}

/**
 * What ends the declaration of a table on SQLite: whether it checks the types of values, and whether it keeps the rows in the
 * order of the primary key. Postgres does the first of itself and has nothing for the second.
 */
export function tableEnd(
  // deno-lint-ignore no-explicit-any -- of any schema
  db: Pick<Kysely<any>, "getExecutor">,
  ...words: readonly ("strict" | "without rowid")[]
): RawBuilder<unknown> {
  return sql.raw(engineOf(db) === "sqlite" ? words.join(", ") : "");
}
