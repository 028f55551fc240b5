import { DatabaseSync } from "node:sqlite";

const BATCH = 256;

/**
 * What the disk and SQLite allow: a job as one insert, three updates and two log rows, prepared statements in a bare
 * loop, WAL with synchronous=FULL, 256 jobs a transaction, with indexes for lists, ready work and events.
 * @returns jobs a second
 */
export function measureBareStore(path: string, jobs: number): number {
  using db = new DatabaseSync(path);
  db.exec("pragma journal_mode = wal; pragma synchronous = full;");
  db.exec(
    `create table jobs (id text primary key, tenant text, type text, status text, priority integer, run_at integer,
    payload text, attempts integer, result text, finished_at integer) without rowid;
    create index jobs_by_status on jobs (tenant, status, id);
    create index jobs_ready on jobs (tenant, type, priority desc, run_at, id) where status = 'queued';
    create table events (tenant text, number integer, type text, subject text, at integer, data text,
      primary key (tenant, number)) without rowid;`,
  );
  const insert = db.prepare("insert into jobs values (?, 'demo', 'trivial', 'queued', 0, ?, ?, 0, null, null)");
  const start = db.prepare("update jobs set status = 'running', attempts = attempts + 1 where id = ?");
  const note = db.prepare("update jobs set result = ? where id = ?");
  const finish = db.prepare("update jobs set status = 'succeeded', finished_at = ? where id = ?");
  const log = db.prepare("insert into events values ('demo', ?, ?, ?, ?, ?)");
  const payload = JSON.stringify({ text: "x".repeat(200) });
  let number = 0;
  const begunAt = performance.now();
  for (let first = 0; first < jobs; first += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, jobs - first) }, (_, index) => `job-${1e9 + first + index}`);
    db.exec("begin immediate");
    for (const id of ids) {
      insert.run(id, first, payload);
      log.run(++number, "job.queued", id, first, "{}");
    }
    db.exec("commit");
    db.exec("begin immediate");
    for (const id of ids) {
      start.run(id);
      note.run('{"length":200}', id);
      finish.run(first, id);
      log.run(++number, "job.succeeded", id, first, "{}");
    }
    db.exec("commit");
  }
  return jobs / (performance.now() - begunAt) * 1_000;
}
