import type { DatabaseSync } from "node:sqlite";

/** Of a hundred finished jobs: so many failed, so many were cancelled. */
const FAILED = 5;
const CANCELLED = 5;
const WAITING_SHARE = 10;
const ACTORS = 20_000;
const AUDITED = 100_000;
const FAR_AHEAD_MS = 30 * 86_400_000;

/**
 * Fills the file of a server that is stopped with so many jobs of the tenant demo as a long life leaves them: a tenth waits for
 * another day, of the others nine tenths have succeeded; each that failed has three attempts with their errors. Beside them
 * actors, and a row in the audit log for many of them.
 */
export function fillWithJobs(db: DatabaseSync, { jobs, now }: { readonly jobs: number; readonly now: number }): void {
  const waiting = Math.floor(jobs / WAITING_SHARE);
  const error = JSON.stringify({
    code: "handler-failed",
    message: "The ledger is closed",
    stack: "Error\n".repeat(20),
  });
  const numbers = (count: number) =>
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})`;
  const id = "printf('01M%023d', i)";
  const type = "case i % 3 when 0 then 'import' when 1 then 'report' else 'trivial' end";
  const status = `case when i % 100 < ${FAILED} then 'failed' when i % 100 < ${FAILED + CANCELLED} then 'cancelled'
    else 'succeeded' end`;
  const at = `${now} - (${jobs} - i) * 10`;
  db.exec("begin");
  db.exec(
    `${
      numbers(jobs - waiting)
    } insert into job_records (tenant, id, type, status, run, attempts, max_attempts, priority,
      payload, timeout_ms, created_by, created_at, run_at, started_at, finished_at, result, error, crashes)
    select 'demo', ${id}, ${type}, ${status}, 1, case when i % 100 < ${FAILED} then 3 else 1 end, 3, 0, '{"text":"abcdefghij"}',
      0, 'ada', ${at}, ${at}, ${at}, ${at} + 5, '{"length":10}', case when i % 100 < ${FAILED} then '${error}' end, 0 from n`,
  );
  for (const attempt of [1, 2, 3]) {
    db.exec(`insert into job_attempts (tenant, job_id, run, attempt, started_at, finished_at, outcome, error, lines)
      select tenant, id, 1, ${attempt}, started_at, finished_at, 'failed', error, '[]' from job_records
      where tenant = 'demo' and status = 'failed'`);
  }
  db.exec(
    `${
      numbers(waiting)
    } insert into messages (tenant, kind, key, due_at, seq, slot, ready_at, priority, recorded, attempts,
      crashes, max_attempts, timeout_ms, version, enqueued_at, id, name, sender, payload)
    select 'demo', 'trivial', printf('01N%023d', i), ${now + FAR_AHEAD_MS}, i, 2, ${
      now + FAR_AHEAD_MS
    }, 0, 1, 0, 0, 3, 0, 1,
      ${now}, printf('01P%023d', i), 'run', 'ada', '{"text":"abcdefghij"}' from n`,
  );
  db.exec(`${numbers(ACTORS)} insert into actors (tenant, kind, key, state, state_version, version, updated_at)
    select 'demo', 'counter', 'c' || i, '{"count":1}', 1, 1, ${now} from n`);
  db.exec(`${numbers(AUDITED)} insert into audit (tenant, at, by, role, action, subject, address, request_id)
    select 'demo', ${at}, 'ada', 'operator', 'submitJob', 'job/' || ${id}, '127.0.0.1', 'r' || i from n`);
  db.exec(
    `insert into tenants (tenant, last_event, trimmed_to, pending, last_seq) values ('demo', 0, 0, ${waiting}, ${waiting})
    on conflict do update set pending = ${waiting}, last_seq = ${waiting}`,
  );
  db.exec("commit");
}
