import { descendantsOf } from "../support/process_tree.ts";
import type { TestDatabase } from "../support/postgres.ts";

/** What a Postgres has done so far. A connection hands its counts of rows in with the first statement that comes a second after it did so before. */
export interface PostgresUse {
  /** Processor time of the processes that serve a connection, and of all its others. */
  readonly backendsUs: number;
  readonly othersUs: number;
  readonly walBytes: number;
  /** Rows inserted, updated and deleted, in all of the database's tables. */
  readonly rowsWritten: number;
}

/** Linux counts processor time in hundredths of a second, whatever its timer's rate. */
const TICK_US = 10_000;
const BACKEND = /^postgres: \S+ \S+ 127\.0\.0\.1/;

export async function readPostgresUse({ query, server }: TestDatabase): Promise<PostgresUse> {
  const processes = descendantsOf(server.pid).map((pid) => ({ ...usedUs(pid), name: titleOf(pid) }));
  const { own, ended } = usedUs(server.pid);
  const sum = (of: typeof processes) => of.reduce((total, each) => total + each.own, 0);
  const backendsUs = sum(processes.filter(({ name }) => BACKEND.test(name)));
  const [counts] = await query<{ wal: number; rows: number }>(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as wal,
      (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables) as rows`,
  );
  return {
    backendsUs,
    othersUs: own + ended + sum(processes) - backendsUs,
    walBytes: Number(counts!.wal),
    rowsWritten: Number(counts!.rows),
  };
}

/** Rows that are there now, in all tables. */
export async function countRows({ query }: TestDatabase): Promise<number> {
  const tables = await query<{ name: string }>(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
  );
  const counts = await Promise.all(
    tables.map(({ name }) => query<{ rows: number }>(`select count(*) as rows from ${name}`)),
  );
  return counts.reduce((sum, [count]) => sum + Number(count!.rows), 0);
}

/** Of the process itself, and of its children that have ended. @see proc_pid_stat(5), fields 14 to 17 */
function usedUs(pid: number): { own: number; ended: number } {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const [user, system, endedUser, endedSystem] = text.slice(text.lastIndexOf(")") + 2).split(" ").slice(11, 15)
      .map((ticks) => Number(ticks) * TICK_US);
    return { own: user! + system!, ended: endedUser! + endedSystem! };
  } catch {
    return { own: 0, ended: 0 };
  }
}

function titleOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
  } catch {
    return "";
  }
}
