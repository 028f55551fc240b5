import type { Kysely } from "kysely";
import type { Registry } from "../../actor/registry.ts";
import type { BoundQuery } from "../../actor/tables.ts";
import { declaredQuery, type QueryCall } from "../declared_query.ts";
import { compileStatement } from "../statements.ts";
import { kyselyOver, postgresCompiler } from "./dialect.ts";
import type { Pool } from "./pool.ts";
import { Prepared } from "./prepared.ts";

const compiler: Kysely<unknown> = postgresCompiler();

/** The declared queries of a registry over connections for reading. */
export class BoundQueries {
  readonly #pool: Pool;
  readonly #kysely: Kysely<unknown>;
  readonly #registry: Registry;
  /** Of the queries for one row: their builder costs more than the driver does. */
  readonly #rows = new Map<BoundQuery, Prepared<object, object>>();

  constructor(pool: Pool, registry: Registry) {
    this.#pool = pool;
    this.#kysely = kyselyOver(pool.asKyselyPool());
    this.#registry = registry;
  }

  /** What the query answers. @throws {RuntimeError} `unknown-query`, or `invalid-message` when the arguments do not fit */
  async run(call: QueryCall<object>): Promise<unknown> {
    const { bound, given } = declaredQuery(this.#registry, call);
    if (bound.build === undefined) return await this.#pool.repeated(() => bound.run(this.#kysely, given));
    const statement = this.#rows.get(bound) ?? this.#prepare(bound, bound.build);
    return await this.#pool.read((connection) => statement.get(connection, given)) ?? null;
  }

  #prepare(bound: BoundQuery, build: NonNullable<BoundQuery["build"]>): Prepared<object, object> {
    const prepared = new Prepared<object, object>(compileStatement(compiler, build));
    this.#rows.set(bound, prepared);
    return prepared;
  }
}
