import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import type { Registry } from "../../actor/registry.ts";
import type { BoundQuery } from "../../actor/tables.ts";
import { declaredQuery, type QueryCall } from "../declared_query.ts";
import { compileStatement } from "../statements.ts";
import { kyselyOver, sqliteCompiler } from "./dialect.ts";
import { Prepared } from "./prepared.ts";

const KEPT_STATEMENTS = 100;

const compiler: Kysely<unknown> = sqliteCompiler();

/** The declared queries of a registry over one connection for reading. */
export class BoundQueries {
  readonly #db: DatabaseSync;
  readonly #kysely: Kysely<unknown>;
  readonly #registry: Registry;
  /** Of the queries for one row: their builder costs several times more than what SQLite has to do. */
  readonly #rows = new Map<BoundQuery, Prepared<object, object>>();

  constructor(db: DatabaseSync, registry: Registry) {
    this.#db = db;
    this.#kysely = kyselyOver(db, { keptStatements: KEPT_STATEMENTS });
    this.#registry = registry;
  }

  /**
   * What the query answers, at once when it is one for a row. The tenant is the call's, whatever the arguments say.
   * @throws {RuntimeError} `unknown-query`, or `invalid-message` when the arguments do not fit
   */
  run(call: QueryCall<object>): unknown {
    const { bound, given } = declaredQuery(this.#registry, call);
    if (bound.build === undefined) return bound.run(this.#kysely, given);
    return (this.#rows.get(bound) ?? this.#prepare(bound, bound.build)).get(given) ?? null;
  }

  /** The same as JSON text, from JSON text. */
  async text(call: QueryCall): Promise<string> {
    return JSON.stringify(await this.run({ ...call, args: JSON.parse(call.args) })) ?? "null";
  }

  #prepare(bound: BoundQuery, build: NonNullable<BoundQuery["build"]>): Prepared<object, object> {
    const prepared = new Prepared<object, object>(this.#db, compileStatement(compiler, build));
    this.#rows.set(bound, prepared);
    return prepared;
  }
}
