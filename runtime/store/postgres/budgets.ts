import { sql } from "kysely";
import type { SharedStore } from "../contract.ts";
import type { Pool } from "./pool.ts";
import { prepareText } from "./prepared.ts";

interface Asked {
  readonly budget: string;
  readonly permits: number;
  /** Of one permit, in ms. */
  readonly interval: number;
  readonly burst: number;
}

interface Reserved {
  readonly granted: number;
  /** Ms from now until all of it is there again. */
  readonly fullIn: number;
}

const NOW = sql`extract(epoch from clock_timestamp())::double precision * 1000`;

/**
 * Budgets that all nodes share. What is kept of one is when all of it will be there again: each permit that is taken puts
 * that off by the interval of one, and more than a burst of them from now it cannot be.
 * @see "Generic Cell Rate Algorithm", ITU-T I.371
 */
export class Budgets {
  readonly #pool: Pool;
  readonly #take = prepareText<Asked, Reserved>(({ budget, permits, interval, burst }) =>
    sql`with found as materialized (select full_at from budgets where budget = ${budget} for update),
      asked as materialized (select ${NOW} as now, full_at from found),
      given as materialized (select now, greatest(full_at, now) as full_at,
        greatest(0, least(${permits}::bigint,
          floor(${burst}::double precision - (greatest(full_at, now) - now) / ${interval}::double precision + 1e-6))) as granted
        from asked)
      update budgets set full_at = given.full_at + given.granted * ${interval}::double precision
      from given where budget = ${budget}
      returning given.granted, budgets.full_at - given.now as full_in`
  );
  readonly #open = prepareText<Pick<Asked, "budget">, never>(({ budget }) =>
    sql`insert into budgets (budget, full_at) values (${budget}, 0) on conflict (budget) do nothing`
  );

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async reserve(
    budget: string,
    { permits, perMinute, burst }: Parameters<SharedStore["reserve"]>[1],
  ): ReturnType<SharedStore["reserve"]> {
    const interval = 60_000 / perMinute;
    const { granted, fullIn } = await this.#pool.use(async (connection) => {
      const asked = { budget, permits, interval, burst };
      const found = await this.#take.get(connection, asked);
      if (found !== undefined) return found;
      await this.#open.run(connection, { budget });
      return (await this.#take.get(connection, asked))!;
    });
    const retryAfterMs = granted >= permits ? 0 : Math.max(0, Math.ceil(fullIn - (burst - 1) * interval));
    return { granted, retryAfterMs, wholeInMs: Math.max(0, fullIn) };
  }
}
