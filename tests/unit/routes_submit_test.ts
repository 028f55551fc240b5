import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { problemIn, setupApp } from "../support/test_app.ts";

const ada = { type: "greet", payload: { name: "Ada" } };

Deno.test("POST /api/jobs answers 201 with the queued job before it runs (S2-1, S2-2)", async () => {
  const { post, system } = setupApp();
  const response = await post("/api/jobs", ada);
  assert.equal(response.status, 201);
  const job = await response.json();
  assert.equal(response.headers.get("location"), `/api/jobs/${job.id}`);
  assert.match(job.id, /^[0-9A-Z]{26}$/);
  assert.deepEqual(job, {
    id: job.id,
    jobId: job.id,
    type: "greet",
    status: "queued",
    paused: false,
    run: 1,
    attempts: 0,
    batchId: null,
    maxAttempts: 4,
    priority: 0,
    createdAt: "2026-11-22T12:00:00.000Z",
    runAt: "2026-11-22T12:00:00.000Z",
    startedAt: null,
    finishedAt: null,
    progress: null,
    result: null,
    error: null,
    lastError: null,
  });
  const [{ to, by, fresh }] = system.told as [typeof system.told[number]];
  assert.deepEqual({ to, by, fresh }, {
    to: { tenant: "demo", kind: "greet", key: job.id },
    by: "anonymous",
    fresh: true,
  });
});

Deno.test("POST /api/jobs passes on what is said about when and how", async () => {
  const { post, system } = setupApp();
  const how = { delayMs: 60_000, priority: 5, maxAttempts: 2, timeoutMs: 900, dedupeKey: "once" };
  const job = await (await post("/api/jobs", { ...ada, ...how })).json();
  assert.equal(job.runAt, "2026-11-22T12:01:00.000Z");
  const { delayMs, priority, maxAttempts, timeoutMs, dedupeKey } = system.told[0]!;
  assert.deepEqual({ delayMs, priority, maxAttempts, timeoutMs, dedupeKey }, how);
});

Deno.test("POST /api/jobs takes runAt with an offset, and one in the past as now", async () => {
  const { post, system } = setupApp();
  await post("/api/jobs", { ...ada, runAt: "2026-11-22T14:00:00+01:00" });
  await post("/api/jobs", { ...ada, runAt: "2020-01-01T00:00:00Z" });
  assert.deepEqual(system.told.map(({ delayMs }) => delayMs), [3_600_000, 0]);
});

Deno.test("POST /api/v1/jobs is the same API", async () => {
  const { post } = setupApp();
  assert.equal((await post("/api/v1/jobs", ada)).status, 201);
});

Deno.test("POST /api/jobs answers a repeated Idempotency-Key with the same bytes and adds no job", async () => {
  const { post, clock, system } = setupApp();
  const headers = { "Idempotency-Key": "k-1" };
  const first = await post("/api/jobs", { type: "greet", payload: { name: "Ada", times: 2 } }, headers);
  clock.advance(5_000);
  const again = await post("/api/jobs", { payload: { times: 2, name: "Ada" }, type: "greet" }, headers);
  assert.equal(again.status, 201);
  assert.equal(await again.text(), await first.text());
  assert.equal(again.headers.get("location"), first.headers.get("location"));
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.equal(system.jobs.size, 1);
});

Deno.test("POST /api/jobs answers 422 when an Idempotency-Key comes with another body", async () => {
  const { post, system } = setupApp();
  const headers = { "Idempotency-Key": "k-1" };
  await post("/api/jobs", ada, headers);
  const problem = await problemIn(await post("/api/jobs", { ...ada, priority: 1 }, headers), 422);
  assert.equal(problem.type, "urn:mailroom:problem:key-reused");
  assert.equal(system.jobs.size, 1);
});

Deno.test("POST /api/jobs keeps Idempotency-Keys of tenants apart", async () => {
  const { post, system } = setupApp();
  for (const tenant of ["acme", "globex"]) await post("/api/jobs", ada, { "Idempotency-Key": "k", "X-Tenant": tenant });
  assert.deepEqual([...system.jobs.values()].map(({ tenant }) => tenant), ["acme", "globex"]);
});

Deno.test("POST /api/jobs answers 400 when the Idempotency-Key cannot be one", async () => {
  const { post } = setupApp();
  for (const key of ["", "a b", "x".repeat(201)]) {
    await problemIn(await post("/api/jobs", ada, { "Idempotency-Key": key }), 400);
  }
});

Deno.test("POST /api/jobs answers 200 with the first job while its dedupe key is held", async () => {
  const { post, system } = setupApp();
  const first = await (await post("/api/jobs", { ...ada, dedupeKey: "once" })).json();
  const second = await post("/api/jobs", { ...ada, dedupeKey: "once" });
  assert.equal(second.status, 200);
  assert.deepEqual(await second.json(), first);
  system.change(first.id, { status: "succeeded" });
  assert.equal((await post("/api/jobs", { ...ada, dedupeKey: "once" })).status, 201);
});

const REFUSED: readonly (readonly [what: string, body: unknown, pointer: string])[] = [
  ["an unknown type", { type: "nope", payload: {} }, "/type"],
  ["a kind that is no job type", { type: "counter", payload: {} }, "/type"],
  ["a type of the prototype", { type: "__proto__", payload: {} }, "/type"],
  ["no type", { payload: {} }, "/type"],
  ["a payload that its type refuses", { type: "greet", payload: { name: 7 } }, "/payload/name"],
  ["no payload where one is needed", { type: "greet" }, "/payload/name"],
  ["an unknown property in the payload", { type: "greet", payload: { name: "Ada", admin: true } }, "/payload"],
  ["an unknown property", { ...ada, tenant: "acme" }, ""],
  ["both runAt and delayMs", { ...ada, runAt: "2026-11-22T13:00:00Z", delayMs: 1 }, "/runAt"],
  ["a runAt that is no instant", { ...ada, runAt: "tomorrow" }, "/runAt"],
  ["a runAt beyond ten years", { ...ada, runAt: "2099-01-01T00:00:00Z" }, "/runAt"],
  ["a negative delay", { ...ada, delayMs: -1 }, "/delayMs"],
  ["a fractional priority", { ...ada, priority: 0.5 }, "/priority"],
  ["a priority out of range", { ...ada, priority: 1_001 }, "/priority"],
  ["no attempts at all", { ...ada, maxAttempts: 0 }, "/maxAttempts"],
  ["an endless timeout", { ...ada, timeoutMs: 1e12 }, "/timeoutMs"],
  ["a dedupe key with a line break", { ...ada, dedupeKey: "a\nb" }, "/dedupeKey"],
  ["a dedupe key with half a character", { ...ada, dedupeKey: "a\ud800" }, "/dedupeKey"],
  ["an array", [ada], ""],
  ["null", null, ""],
];

for (const [what, body, pointer] of REFUSED) {
  Deno.test(`POST /api/jobs answers 422 to ${what} (S2-24)`, async () => {
    const { post, system, errors } = setupApp();
    const problem = await problemIn(await post("/api/jobs", body ?? "null"), 422);
    assert.equal(problem.errors?.[0]?.pointer, pointer, JSON.stringify(problem));
    assert.equal(system.jobs.size, 0);
    assert.deepEqual(errors, []);
  });
}

const REFUSALS: readonly (readonly [code: ConstructorParameters<typeof RuntimeError>[0], status: number])[] = [
  ["mailbox-full", 429],
  ["overloaded", 503],
  ["storage-unavailable", 503],
  ["stopping", 503],
  ["too-large", 413],
  ["constraint", 409],
];

const OWN_WORDS = ["mailbox-full", "too-large"];

for (const [code, status] of REFUSALS) {
  Deno.test(`POST /api/jobs answers ${status} when the system says ${code}`, async () => {
    const { post, system } = setupApp();
    system.failNext(new RuntimeError(code, "SQLITE_FULL in /var/secret.db"));
    const response = await post("/api/jobs", ada);
    const retryAfter = response.headers.get("retry-after");
    assert.equal(retryAfter !== null, status === 429 || status === 503);
    const { detail } = await problemIn(response, status);
    assert.equal(/SQL|secret/.test(detail), OWN_WORDS.includes(code));
  });
}

Deno.test("POST /api/jobs tells nothing of an unknown error and hands it to the log", async () => {
  const { post, system, errors } = setupApp();
  const cause = new Error("password=hunter2 at /srv/app.ts:3");
  system.failNext(cause);
  const problem = await problemIn(await post("/api/jobs", ada), 500);
  assert.doesNotMatch(JSON.stringify(problem), /hunter2|srv/);
  assert.deepEqual(errors, [cause]);
});

Deno.test("POST /api/jobs/batch accepts all jobs in one go, in order", async () => {
  const { post, system } = setupApp();
  const jobs = Array.from({ length: 1_000 }, (_, index) => ({ ...ada, priority: index % 7 }));
  const response = await post("/api/jobs/batch", { jobs });
  assert.equal(response.status, 201);
  const { items } = await response.json();
  assert.deepEqual(items.map(({ id }: { id: string }) => id), system.told.map(({ to }) => to.key));
  assert.equal(system.jobs.size, 1_000);
});

Deno.test("POST /api/jobs/batch takes a bare array", async () => {
  const { post } = setupApp();
  assert.equal((await (await post("/api/jobs/batch", [ada, ada])).json()).items.length, 2);
});

Deno.test("POST /api/jobs/batch accepts none when one is wrong, and says which", async () => {
  const { post, system } = setupApp();
  const jobs = [ada, { type: "nope", payload: {} }, ada, { type: "greet", payload: { name: "Bob", times: 9 } }];
  const problem = await problemIn(await post("/api/jobs/batch", { jobs }), 422);
  assert.deepEqual(problem.errors?.map(({ pointer }) => pointer), ["/jobs/1/type", "/jobs/3/payload/times"]);
  assert.equal(system.jobs.size, 0);
});

Deno.test("POST /api/jobs/batch answers 422 to none, to more than 1,000, and to a fault in the envelope", async () => {
  const { post, system } = setupApp();
  for (const body of [{ jobs: [] }, { jobs: Array(1_001).fill(ada) }, { jobs: [{ ...ada, delayMs: "1" }] }, {}]) {
    await problemIn(await post("/api/jobs/batch", body), 422);
  }
  assert.equal(system.jobs.size, 0);
});

Deno.test("POST /api/jobs/batch answers a repeated Idempotency-Key as the first time", async () => {
  const { post, system } = setupApp();
  const headers = { "Idempotency-Key": "b-1" };
  const first = await post("/api/jobs/batch", { jobs: [ada, ada] }, headers);
  const again = await post("/api/jobs/batch", { jobs: [ada, ada] }, headers);
  assert.equal(await again.text(), await first.text());
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.equal(system.jobs.size, 2);
});
