import assert from "node:assert/strict";
import { type Random, seededRandom } from "../../runtime/core/random.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { until } from "../support/api.ts";
import { type Fleet, openFleet } from "../support/deploy_client.ts";
import { CANNOT_DEPLOY, DEPLOY_DENO } from "../support/deploy_deno.ts";
import { deploy } from "../support/deployed.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { bearer, SECRET, signToken } from "../support/tokens.ts";
import { type ReaderLog, readEvents } from "./event_reader.ts";

const INSTANCES = 3;
const ROUNDS = 8;
const JOBS_A_ROUND = 12;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: CANNOT_DEPLOY, fn });
}

/** What the platform gives an app that a database is assigned to. */
function given({ url }: TestDatabase): Record<string, string> {
  const { hostname, port, username, pathname } = new URL(url);
  return {
    DATABASE_URL: url,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGDATABASE: pathname.slice(1),
    PGSSLMODE: "disable",
  };
}

const operator = async () => bearer(await signToken(systemClock));

/** A job that takes some commits. */
function importJob(dataset: string, rows = 3) {
  const lines = Array.from({ length: rows }, (_, row) => `${row},name ${row}`);
  return { type: "import", payload: { dataset, content: `id,name\n${lines.join("\n")}\n` } };
}

/** Submits until it is answered, under one key, so that an answer that was lost costs nothing. */
async function submit(fleet: Fleet, job: object): Promise<string> {
  const headers = { ...await operator(), "idempotency-key": crypto.randomUUID() };
  const answer = await fleet.call("POST", "/api/jobs", { body: job, headers });
  const { id } = await answer.json();
  assert.equal(answer.status, 201);
  return id;
}

async function submitSome(fleet: Fleet, round: number, random: Random): Promise<string[]> {
  return await Promise.all(Array.from({ length: JOBS_A_ROUND }, (_, number) => {
    const delayMs = random.next() < 0.3 ? Math.floor(random.next() * 3_000) : 0;
    return submit(fleet, { ...importJob(`round-${round}-${number}`), delayMs });
  }));
}

const unfinished = async ({ query }: TestDatabase): Promise<number> =>
  (await query<{ count: number }>(`select count(*) as count from jobs where status <> 'succeeded'`))[0]!.count;

test("what these tests deploy to is the Deno of Deno Deploy, which lacks what newer ones have", async () => {
  await using deployment = await deploy({});
  const found = await deployment.evaluate(
    "console.log(Deno.version.deno, typeof navigator.locks, typeof Deno.cron, typeof Worker)",
  );
  assert.equal(found.trim(), `${DEPLOY_DENO} undefined undefined function`);
});

test("without a database I am told in my browser how to attach one, and the build does not fail", async () => {
  await using deployment = await deploy({});
  const printed = await deployment.predeploy();
  assert.match(printed, /no database/);
  const instance = await deployment.start();
  const page = await fetch(instance.url, { headers: { accept: "text/html" } });
  assert.equal(page.status, 200);
  assert.match(await page.text(), /Provision Database/);
  const refused = await fetch(`${instance.url}/api/jobs`);
  assert.equal(refused.status, 503);
  assert.match((await refused.json()).detail, /attach a PostgreSQL database/);
  await instance.heartbeat();
  assert.deepEqual(await instance.evict(), { code: 0, killed: false });
});

test("without a secret nobody comes in, and I am told which", async () => {
  await using database = await testDatabase();
  await using deployment = await deploy(given(database));
  const instance = await deployment.start();
  assert.equal((await (await fetch(`${instance.url}/health/ready`)).json()).status, "ready");
  for (const headers of [{}, await operator(), { "x-tenant": "acme" }]) {
    const refused = await fetch(`${instance.url}/api/jobs`, { headers });
    assert.equal(refused.status, 503);
    assert.match((await refused.json()).detail, /AUTH_SECRET/);
  }
  assert.match(await (await fetch(instance.url, { headers: { accept: "text/html" } })).text(), /one more thing/);
  assert.deepEqual(await instance.evict(), { code: 0, killed: false });
});

test("three instances come and go, each job is done once, and I follow all of it without a gap", async () => {
  const random = seededRandom(20_261_128);
  await using database = await testDatabase({ own: true });
  await using deployment = await deploy({ ...given(database), AUTH_SECRET: SECRET, LEASE_MS: "8000" });
  await deployment.predeploy();
  const fleet = await openFleet(deployment, INSTANCES, random);
  const log: ReaderLog = { ids: [], gaps: 0, cuts: 0 };
  const over = new AbortController();
  const headers = await operator();
  const reading = readEvents(fleet, log, { cutAfterMs: () => random.next() * 1_500, until: over.signal, headers });

  const acked: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const how = random.next() < 0.3 ? "kill" : "evict";
    const [ids] = await Promise.all([submitSome(fleet, round, random), fleet.replaceOne(how)]);
    acked.push(...ids);
  }
  await until("every job has succeeded", async () => await unfinished(database) === 0 || undefined);
  const [{ last }] = await database.query<{ last: number }>(`select max(last) as last from event_log`) as [
    { last: number },
  ];
  await until("the reader has seen the end", () => Promise.resolve(log.ids.at(-1) === last || undefined));
  over.abort();
  await reading;
  await fleet.empty();

  const jobs = await database.query<{ id: string; done: number }>(
    `select id, (select count(*) from attempts where job_id = jobs.id and outcome = 'succeeded') as done from jobs`,
  );
  assert.deepEqual(jobs.map(({ id }) => id).sort(), acked.toSorted());
  assert.deepEqual(jobs.filter(({ done }) => done !== 1), []);
  assert.deepEqual(log.ids, Array.from({ length: last }, (_, index) => index + 1));
  assert.equal(log.gaps, 0);
  assert.equal(fleet.evictions.length + fleet.kills, ROUNDS + INSTANCES);
  assert.deepEqual(fleet.evictions.filter(({ code, killed }) => code !== 0 || killed), []);
});

test("an instance that must go while it works hands its work over in time, and that costs no attempt", async () => {
  await using database = await testDatabase();
  await using deployment = await deploy({ ...given(database), AUTH_SECRET: SECRET });
  await deployment.predeploy();
  const first = await deployment.start();
  assert.ok(first.workers > 0, "turns run in workers where there are any");
  const headers = { ...await operator(), "content-type": "application/json" };
  const running = async () =>
    (await database.query<{ count: number }>(`select count(*) as count from jobs where status = 'running'`))[0]!.count;
  const body = JSON.stringify({ type: "sleepy", payload: { ms: 15_000 } });
  const answer = await fetch(`${first.url}/api/jobs`, { method: "POST", headers, body });
  assert.equal(answer.status, 201);
  await answer.body?.cancel();
  await until("the job runs", async () => await running() === 1 || undefined);
  const second = await deployment.start();
  assert.equal(await running(), 1);
  assert.deepEqual(await first.evict(), { code: 0, killed: false });
  await until("the job has succeeded", async () => await unfinished(database) === 0 || undefined);
  const attempts = await database.query<{ outcome: string; attempt: number }>(`select outcome, attempt from attempts`);
  assert.deepEqual(attempts, [{ outcome: "succeeded", attempt: 1 }]);
  await second.evict();
});

test("what is for later waits while nobody calls, and is done when the heartbeat that wakes an instance ends", async () => {
  await using database = await testDatabase();
  await using deployment = await deploy({ ...given(database), AUTH_SECRET: SECRET });
  const random = seededRandom(1);
  const fleet = await openFleet(deployment, 1, random);
  const ids = await Promise.all(
    Array.from({ length: 5 }, (_, number) => submit(fleet, { ...importJob(`later-${number}`, 2_000), delayMs: 1_500 })),
  );
  await fleet.empty();
  assert.equal(await unfinished(database), ids.length);
  const due = async () =>
    (await database.query<{ due: number }>(
      `select count(*) as due from messages where ready_at <= extract(epoch from clock_timestamp()) * 1000`,
    ))[0]!.due;
  await until("all are due", async () => await due() === ids.length || undefined);

  const woken = await deployment.start();
  await woken.heartbeat();
  assert.equal(await unfinished(database), 0);
  assert.deepEqual(await woken.evict(), { code: 0, killed: false });
});
