import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Write } from "../contract.ts";
import type { EntryWork } from "../entry_work.ts";

/** Chunks are large. */
const MOST_CHUNKS = 16;
const FIRST = "messages";
const LAST = "tenants";

interface Erased {
  readonly table: string;
  readonly erase: StatementSync;
}

/**
 * Removes a tenant's rows from every table that has a column `tenant`, the runtime's and the kinds' alike, a slice at a time.
 * Its counters go last: the place that its last message was given is kept with those of `system`, so that none is given twice.
 */
export class Eraser {
  readonly #tables: readonly Erased[];
  readonly #keepPlace;
  readonly #counters;

  /** Over a database that is migrated. */
  constructor(db: DatabaseSync) {
    const tables = db.prepare(
      `select name, wr from pragma_table_list where schema = 'main' and type = 'table'
         and exists (select 1 from pragma_table_info(pragma_table_list.name) where name = 'tenant') order by name`,
    ).all() as unknown as { readonly name: string; readonly wr: number }[];
    this.#tables = tables.filter(({ name }) => name !== LAST)
      .toSorted((one, other) => Number(other.name === FIRST) - Number(one.name === FIRST))
      .map(({ name, wr }) => ({ table: name, erase: db.prepare(eraseIn(name, wr === 1 ? keyOf(db, name) : "rowid")) }));
    this.#keepPlace = db.prepare(
      `insert into tenants (tenant, last_event, trimmed_to, pending, last_seq)
         select 'system', 0, 0, 0, max(last_seq) from tenants where true
         on conflict (tenant) do update set last_seq = excluded.last_seq`,
    );
    this.#counters = db.prepare("delete from tenants where tenant = ?1");
  }

  erase(work: EntryWork, { tenant, limit }: Extract<Write, { readonly write: "erase" }>): void {
    let removed = 0;
    for (const { table, erase } of this.#tables) {
      const most = Math.min(limit - removed, table === "blob_chunks" ? MOST_CHUNKS : limit);
      if (most <= 0) break;
      const changes = Number(erase.run(tenant, most).changes);
      if (table === FIRST && changes > 0) work.counts(tenant, -changes);
      removed += changes;
    }
    if (removed > 0) return work.sweeps(removed);
    this.#keepPlace.run();
    return work.sweeps(Number(this.#counters.run(tenant).changes));
  }
}

function eraseIn(table: string, key: string): string {
  return `delete from "${table}" where (${key}) in (select ${key} from "${table}" where tenant = ?1 limit ?2)`;
}

function keyOf(db: DatabaseSync, table: string): string {
  const columns = db.prepare("select name from pragma_table_info(?) where pk > 0 order by pk").all(table);
  return columns.map(({ name }) => `"${name}"`).join(", ");
}
