import { type Kysely, type RawBuilder, sql, type SqlBool } from "kysely";
import type { SweepSlice } from "../actor/tables.ts";
import { engineOf } from "./engine.ts";

/** Rows of a table that grow old, with the tenant's id as first column of their key. Names are those of the database. */
export interface AgingRows {
  readonly table: string;
  /** Since when a row grows old; one in which it is null does not. An index begins with `tenant` and this. */
  readonly at: string;
  /** What follows `tenant` in the key. */
  readonly key: readonly string[];
  /** Of rows of the table `aged`: what must hold besides. */
  readonly when?: RawBuilder<SqlBool>;
}

/**
 * Whether the columns `of`, behind `tenant`, are the key of a row that belongs to the slice: of each tenant the oldest ones,
 * in the order of the tenants, by its own period where the slice says one. The tenants are found by a seek for each, so what
 * one of them keeps for longer than others is never gone through.
 */
export function areOldest(
  // deno-lint-ignore no-explicit-any -- of any schema
  db: Pick<Kysely<any>, "getExecutor">,
  { of, rows: { table: name, at: column, key, when = sql<SqlBool>`true` } }: {
    readonly of: readonly string[];
    readonly rows: AgingRows;
  },
  { before, limit, own }: SweepSlice,
): RawBuilder<SqlBool> {
  const [table, at] = [sql.raw(name), sql.raw(column)];
  const aged = sql.raw(["tenant", ...key].map((column) => `aged.${column}`).join(", "));
  const isPostgres = engineOf(db) === "postgres";
  const given = isPostgres
    ? sql`select key, cast(value as bigint) from json_each_text(cast(${own} as json))`
    : sql`select key, value from json_each(${own})`;
  const isOld = sql`aged.tenant = named.tenant and aged.${at} < coalesce(given.before, ${before}) and ${when}`;
  // SQLite goes through the tables in the order that a cross join says, and stops when there is enough; Postgres, which might
  // sort all of it first, is told for each tenant how much is enough.
  const taken = isPostgres
    ? sql`cross join lateral (
        select ${aged} from ${table} as aged where ${isOld} order by aged.${at} limit ${limit}
      ) as aged limit ${limit}`
    : sql`cross join ${table} as aged on ${isOld} limit ${limit}`;
  return sql<SqlBool>`(${sql.raw(["tenant", ...of].join(", "))}) in (
    with recursive named (tenant) as (
      select (select tenant from ${table} where ${at} is not null order by tenant limit 1)
      union all
      select (select tenant from ${table} where ${at} is not null and tenant > named.tenant order by tenant limit 1)
      from named where named.tenant is not null
    ), given (tenant, before) as materialized (${given})
    select ${aged} from named left join given on given.tenant = named.tenant ${taken}
  )`;
}
