import type { Write } from "../contract.ts";
import type { EntryWork } from "../entry_work.ts";
import { type Session, type SqlStatement, statement } from "./session.ts";

/** Chunks are large. */
const MOST_CHUNKS = 16;
const FIRST = "messages";
const LAST = "tenants";

interface Erased {
  readonly table: string;
  readonly erase: SqlStatement;
}

const SQL = {
  tables: statement(`select c.table_name from information_schema.columns c
    join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
    where c.table_schema = current_schema() and c.column_name = 'tenant' and t.table_type = 'BASE TABLE'
    order by c.table_name`),
  budgets: statement("delete from budgets where budget in ('requests/' || $1, 'submissions/' || $1)"),
  keepPlace: statement(`insert into tenants (tenant, last_event, trimmed_to, pending, last_seq)
    select 'system', 0, 0, 0, max(last_seq) from tenants
    on conflict (tenant) do update set last_seq = greatest(tenants.last_seq, excluded.last_seq)`),
  counters: statement("delete from tenants where tenant = $1"),
};

/** As the Eraser of SQLite; what nodes have counted for the tenant's requests goes too. */
export class Eraser {
  #tables: readonly Erased[] | undefined;

  async erase(
    session: Session,
    work: EntryWork,
    { tenant, limit }: Extract<Write, { readonly write: "erase" }>,
  ): Promise<void> {
    this.#tables ??= await tablesOf(session);
    let removed = 0;
    for (const { table, erase } of this.#tables) {
      const most = Math.min(limit - removed, table === "blob_chunks" ? MOST_CHUNKS : limit);
      if (most <= 0) break;
      const changes = await run(session, erase, [tenant, most]);
      if (table === FIRST && changes > 0) work.counts(tenant, -changes);
      removed += changes;
    }
    if (removed > 0) return work.sweeps(removed);
    await run(session, SQL.budgets, [tenant]);
    await run(session, SQL.keepPlace, []);
    return work.sweeps(await run(session, SQL.counters, [tenant]));
  }
}

async function tablesOf(session: Session): Promise<readonly Erased[]> {
  const { answer } = session.send(SQL.tables, []);
  await session.answered();
  const names = ((await answer).rows as [string][]).map(([name]) => name).filter((name) => name !== LAST);
  return names.toSorted((one, other) => Number(other === FIRST) - Number(one === FIRST)).map((table) => ({
    table,
    erase: statement(
      `delete from "${table}" where ctid = any(array(select ctid from "${table}" where tenant = $1 limit $2::bigint))`,
    ),
  }));
}

async function run(session: Session, sql: SqlStatement, values: Parameters<Session["send"]>[1]): Promise<number> {
  const { answer } = session.send(sql, values);
  await session.answered();
  return (await answer).rowCount ?? 0;
}
