import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { jobTables } from "../../actors/job/tables.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { until } from "../support/api.ts";
import { closeGate } from "../support/gates.ts";
import { tally } from "../support/registry/system_registry.ts";
import { echo, patient } from "../support/registry/system_jobs.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const KEPT = { jobs: 30 * DAY_MS, "dead-letters": 90 * DAY_MS };
const LONG_AGO = systemClock.now() - 40 * DAY_MS;

/** Writes into the node's file past the node. */
function meddle<T>({ path }: TestSystem, look: (db: DatabaseSync) => T): T {
  using db = new DatabaseSync(path, { timeout: 5_000 });
  return look(db);
}

const count = (node: TestSystem, table: string) =>
  meddle(node, (db) => Number(db.prepare(`select count(*) as n from ${table}`).get()?.["n"]));

/** Jobs that ended 40 days ago, each with two attempts. */
function addOldJobs(node: TestSystem, jobs: number): void {
  meddle(node, (db) => {
    const job = db.prepare(
      `insert into job_records (tenant, id, type, status, run, attempts, max_attempts, priority, payload, timeout_ms, created_by,
       created_at, run_at, started_at, finished_at, result) values (?, ?, 'echo', ?, 1, 2, 4, 0, '{"text":"x"}', 0, 'test',
       ?1, ?1, ?1, ?4, '{}')`.replaceAll("?1", String(LONG_AGO)),
    );
    const attempt = db.prepare(
      "insert into job_attempts (tenant, job_id, run, attempt, started_at, finished_at, outcome, lines) values (?, ?, 1, ?, 0, 0, 'failed', '[]')",
    );
    for (let number = 0; number < jobs;) {
      db.exec("begin immediate");
      for (const end = Math.min(jobs, number + 5_000); number < end; number++) {
        const [tenant, id] = [`t${number % 7}`, `old-${number}`];
        job.run(tenant, id, number % 5 === 0 ? "failed" : "succeeded", LONG_AGO + number);
        for (const nth of [1, 2]) attempt.run(tenant, id, nth);
      }
      db.exec("commit");
    }
  });
}

Deno.test("a node removes 10,000 jobs of long ago, a slice at a time, while it goes on with its work", async () => {
  await using node = await setup({ keptMs: KEPT });
  const { system, recorder } = node;
  addOldJobs(node, 10_000);
  const fresh = system.createId();
  await system.tell(echo.at("acme", fresh), "run", { text: "new" }, { fresh: true });
  let acked = 0;
  await recorder.next("rows.swept");
  while (count(node, "jobs") > 1) {
    for (let act = 0; act < 20; act++, acked++) await system.tell(tally.at("acme", "one"), "add", { by: 1 });
  }
  await node.quiet();
  assert.equal(await system.ask(tally.at("acme", "one"), "count"), acked);
  assert.equal(count(node, "attempts"), 1);
  assert.equal((await system.point("acme", jobTables.queries.byId, { id: fresh }))?.status, "succeeded");
  const swept = () => recorder.of("rows.swept").reduce((sum, { what, rows }) => what === "job" ? sum + rows : sum, 0);
  await recorder.until(() => swept() === 10_000);
  // What one slice may remove was settled when it began, after the last but one had ended.
  let [sinceLastButOne, sinceLast] = [0, 0];
  for (const told of recorder.all) {
    if (told.event === "batch.committed") sinceLast += told.entries;
    if (told.event !== "rows.swept") continue;
    assert.ok(told.rows <= Math.max(50, 1.5 * (sinceLastButOne + sinceLast)), `${told.rows} rows in one slice`);
    [sinceLastButOne, sinceLast] = [sinceLast, 0];
  }
});

Deno.test("finished jobs of a tenant are kept for as many days as its settings say, and the others' as long as all", async () => {
  await using node = await setup({ keptMs: KEPT });
  const { system } = node;
  const create = (id: string, settings: object) =>
    system.tenants.create({ id, name: id, settings }, { tenant: "ops", by: "ada", rows: [] });
  await create("t1", { jobsKeptDays: 50 });
  await create("t2", { jobsKeptDays: 5 });
  await create("t3", {});
  addOldJobs(node, 700);
  meddle(
    node,
    (db) => db.prepare("update job_records set finished_at = finished_at + ? where tenant = 't2'").run(30 * DAY_MS),
  );
  const left = () =>
    meddle(node, (db) => db.prepare("select tenant, count(*) as jobs from job_records group by tenant").all());
  await until("what is old is gone", () => Promise.resolve(left().length === 1 || undefined));
  assert.deepEqual(left().map(({ tenant, jobs }) => [tenant, jobs]), [["t1", 100]]);
  assert.equal(count(node, "job_attempts"), 200);
  assert.deepEqual(await system.query("t1", jobTables.queries.stored, { most: 1_000 }), { jobs: 100, bytes: 0 });
  await system.tenants.change("t1", { settings: { jobsKeptDays: 20 } }, { tenant: "ops", by: "ada", rows: [] });
  await until(
    "those of the other too, once its settings say so",
    () => Promise.resolve(left().length === 0 || undefined),
  );
});

Deno.test("a job of long ago that a person sends on a new run is not swept, nor is one that has not ended", async () => {
  await using node = await setup({ keptMs: KEPT });
  const { system, recorder } = node;
  using gate = closeGate("held");
  const [again, running, gone] = [system.createId(), system.createId(), system.createId()];
  const run = (id: string, options = {}) => system.tell(patient.at("acme", id), "run", { gate: "held" }, options);
  for (const id of [again, gone]) {
    gate.open();
    await run(id);
    await node.quiet();
  }
  using closed = closeGate("held");
  meddle(node, (db) => db.prepare("update job_records set created_at = ?1, finished_at = ?1").run(LONG_AGO));
  await run(again, { again: 1 });
  await run(running);
  await closed.reached();
  meddle(node, (db) => db.prepare("update job_records set created_at = ?, run_at = ?").run(LONG_AGO, LONG_AGO));
  await recorder.next("rows.swept", ({ what }) => what === "job");
  const idsLeft = () => meddle(node, (db) => db.prepare("select id from jobs order by id").all().map(({ id }) => id));
  assert.deepEqual(idsLeft(), [again, running].sort());
  closed.open();
  await node.quiet();
  assert.deepEqual(idsLeft(), [again, running].sort());
});

Deno.test("a node removes dead letters and idempotency keys whose time is over, and keeps the others", async () => {
  await using node = await setup({ keptMs: KEPT });
  meddle(node, (db) => {
    const letter = db.prepare(
      `insert into dead_letters (tenant, kind, key, due_at, seq, id, name, version, payload, priority, ready_at, enqueued_at,
       sender, attempts, crashes, max_attempts, timeout_ms, error, died_at)
       values ('acme', 'tally', 'one', 0, 0, ?, 'add', 1, '{}', 0, 0, 0, 'test', 4, 0, 4, 0, '{}', ?)`,
    );
    const key = db.prepare("insert into idempotency_keys values ('acme', 'jobs', ?, 'print', 'answer', ?)");
    db.exec("begin immediate");
    for (let number = 0; number < 250; number++) {
      letter.run(`old-${number}`, LONG_AGO - 60 * DAY_MS);
      letter.run(`new-${number}`, LONG_AGO);
      key.run(`old-${number}`, LONG_AGO);
      key.run(`new-${number}`, systemClock.now() + DAY_MS);
    }
    db.exec("commit");
  });
  await until("what is old is gone", async () => {
    const left = [count(node, "dead_letters"), count(node, "idempotency_keys")];
    return await Promise.resolve(left.every((rows) => rows === 250) || undefined);
  });
  const kept = (table: string, column: string) =>
    meddle(node, (db) => db.prepare(`select count(*) as n from ${table} where ${column} like 'new-%'`).get()?.["n"]);
  assert.deepEqual([kept("dead_letters", "id"), kept("idempotency_keys", "key")], [250, 250]);
});
