import pg from "pg";
import { TEXT } from "./load.ts";

const BATCH = 500;

/**
 * What Postgres allows one client: a job as one insert that is durable before the next step, then its removal and the
 * insert of its record, each step for 500 jobs in one statement over arrays, with two segments of events; prepared, one
 * transaction after another.
 * @returns jobs a second
 */
export async function measureBarePostgres(url: string, jobs: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(INDEXES_ONLY);
    await client.query(TABLES);
    const begunAt = performance.now();
    for (let first = 0; first < jobs; first += BATCH) {
      await workOff(client, { first, count: Math.min(BATCH, jobs - first) });
    }
    return jobs / (performance.now() - begunAt) * 1_000;
  } finally {
    await client.query("drop table bare_mail, bare_jobs, bare_log");
    await client.end();
  }
}

/** What the planner knows of tables that have just been made leads it astray. */
const INDEXES_ONLY = "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off";
const TABLES = `
  create table bare_mail (tenant text, kind text, key text, due_at bigint, seq bigint, id text, name text, payload text,
    priority bigint, ready_at bigint, attempts bigint, slot bigint, primary key (tenant, kind, key, due_at, seq));
  create index on bare_mail (tenant, kind, priority desc, ready_at, seq) where slot = 1;
  create table bare_jobs (tenant text, id text, type text, status text, attempts bigint, payload text, result text,
    created_at bigint, started_at bigint, finished_at bigint, primary key (tenant, id));
  create index on bare_jobs (tenant, type, id);
  create index on bare_jobs (finished_at, tenant, id);
  create table bare_log (tenant text, last bigint, first bigint, events text, primary key (tenant, last));`;

const SUBMIT = `insert into bare_mail select 'demo', 'trivial', key, 1, seq, key, 'run', $3, 0, 1, 0, 1
  from unnest($1::text[], $2::bigint[]) as job (key, seq)`;
const REMOVE = `delete from bare_mail
  where tenant = 'demo' and kind = 'trivial' and key = any($1::text[]) and seq = any($2::bigint[])`;
const RECORD = `insert into bare_jobs select 'demo', key, 'trivial', 'succeeded', 1, $2, '{"length":200}', 1, 1, 1
  from unnest($1::text[]) as job (key)`;
const LOG = `insert into bare_log values ('demo', $1, $2, $3)`;

async function workOff(client: pg.Client, { first, count }: { first: number; count: number }): Promise<void> {
  const seqs = Array.from({ length: count }, (_, index) => first + index);
  const keys = seqs.map((seq) => `01JD9ZK5T3M6X8${1e11 + seq}`);
  const payload = JSON.stringify({ text: TEXT });
  const run = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
  const log = (from: number, type: string) => {
    const events = JSON.stringify(keys.map((key) => [type, `job/${key}`, 1, "{}"]));
    return run("log", LOG, [from + count - 1, from, events]);
  };
  await client.query("begin");
  await run("submit", SUBMIT, [keys, seqs, payload]);
  await log(2 * first, "job.queued");
  await client.query("commit");
  await client.query("begin");
  await run("record", RECORD, [keys, payload]);
  await run("remove", REMOVE, [keys, seqs]);
  await log(2 * first + count, "job.succeeded");
  await client.query("commit");
}
