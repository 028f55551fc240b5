import { type Kysely, PostgresAdapter } from "kysely";

export type Engine = "sqlite" | "postgres";

/** Which database the statements built with `db` are for: where the two want different ones. */
// deno-lint-ignore no-explicit-any -- of any schema
export function engineOf(db: Pick<Kysely<any>, "getExecutor">): Engine {
  return db.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite";
}
