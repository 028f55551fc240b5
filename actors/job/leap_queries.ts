import { type RawBuilder, sql } from "kysely";

/** The different values of the column that follows `tenant` in an index, by a seek for each. */
export function leaps(of: { readonly table: string; readonly column: string }, tenant: string): RawBuilder<unknown> {
  const [table, column] = [sql.raw(of.table), sql.raw(of.column)];
  return sql`with recursive leaps (value) as (
      select (select ${column} from ${table} where tenant = ${tenant} order by ${column} limit 1)
      union all
      select (select ${column} from ${table} where tenant = ${tenant} and ${column} > leaps.value
        order by ${column} limit 1)
      from leaps where leaps.value is not null
    )
    select value from leaps where value is not null`;
}
