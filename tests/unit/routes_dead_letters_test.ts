import assert from "node:assert/strict";
import type { DeadLetter } from "../../runtime/store/contract.ts";
import { problemIn, setupApp, type TestApp } from "../support/test_app.ts";

const UNKNOWN = "01JD9ZK5T3M6X8QV2N4B7C1RSW";
const ACME = { "X-Tenant": "acme" };

function bury({ system, clock }: TestApp, more: Partial<DeadLetter> = {}): string {
  const id = system.createId();
  system.bury({
    tenant: "acme",
    kind: "counter",
    key: "main",
    id,
    name: "add",
    version: 1,
    payload: '{"by":2}',
    priority: 0,
    dueAt: clock.now(),
    enqueuedAt: clock.now() - 60_000,
    by: "anonymous",
    attempts: 4,
    crashes: 1,
    maxAttempts: 4,
    timeoutMs: 0,
    dedupeKey: null,
    batch: null,
    error: { code: "timed-out", message: "It hung", retryable: true, stack: "at counter.ts" },
    diedAt: clock.now(),
    ...more,
  });
  return id;
}

async function fail({ submit, system, clock }: TestApp, tenant = "acme"): Promise<string> {
  const id = await submit({}, { "X-Tenant": tenant });
  const error = '{"code":"handler-failed","message":"No such city"}';
  system.change(id, { status: "failed", attempts: 4, error, finishedAt: clock.now() });
  return id;
}

async function idsOf({ get }: TestApp, query = ""): Promise<readonly string[]> {
  const { items } = await (await get(`/api/dead-letters?${query}`, ACME)).json();
  return items.map(({ id }: { id: string }) => id);
}

Deno.test("GET /api/dead-letters/{id} tells all of a message that was given up", async () => {
  const testApp = setupApp();
  const id = bury(testApp);
  assert.deepEqual(await (await testApp.get(`/api/dead-letters/${id}`, ACME)).json(), {
    id,
    source: "message",
    kind: "counter",
    key: "main",
    name: "add",
    payload: { by: 2 },
    attempts: 4,
    crashes: 1,
    error: { code: "timed-out", message: "It hung" },
    stack: "at counter.ts",
    verdict: "hung",
    enqueuedAt: "2026-11-22T11:59:00.000Z",
    diedAt: "2026-11-22T12:00:00.000Z",
    by: "anonymous",
  });
});

Deno.test("GET /api/dead-letters/{id} tells all of a failed job, and nothing of one that goes on", async () => {
  const testApp = setupApp();
  const id = await fail(testApp);
  assert.deepEqual(await (await testApp.get(`/api/dead-letters/${id}`, ACME)).json(), {
    id,
    source: "job",
    kind: "greet",
    key: id,
    name: "run",
    payload: { name: "Ada" },
    attempts: 4,
    crashes: 0,
    error: { code: "handler-failed", message: "No such city" },
    stack: "at x",
    verdict: "threw",
    enqueuedAt: "2026-11-22T12:00:00.000Z",
    diedAt: "2026-11-22T12:00:00.000Z",
    by: "anonymous",
  });
  testApp.system.change(id, { status: "succeeded" });
  await problemIn(await testApp.get(`/api/dead-letters/${id}`, ACME), 404);
});

Deno.test("GET /api/dead-letters shows failed jobs and messages in one order, and pages meet each once", async () => {
  const testApp = setupApp();
  const [jobs, messages]: [string[], string[]] = [[], []];
  for (let count = 0; count < 4; count++) {
    jobs.push(await fail(testApp));
    messages.push(bury(testApp));
    if (count % 2 === 0) testApp.clock.advance(1_000);
    await testApp.submit({}, ACME);
    await fail(testApp, "rival");
    bury(testApp, { tenant: "rival" });
  }
  assert.deepEqual((await pagedIds(testApp, "")).toSorted(), [...jobs, ...messages].toSorted());
  assert.deepEqual(await pagedIds(testApp, "kind=greet&"), jobs.toReversed());
  assert.deepEqual(await pagedIds(testApp, "kind=counter&"), messages.toReversed());
});

/** All ids over pages of three, of which each begins no later than the one before. */
async function pagedIds({ get }: TestApp, query: string): Promise<string[]> {
  const seen: { id: string; diedAt: string }[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const url = `/api/dead-letters?${query}limit=3${cursor && `&cursor=${cursor}`}`;
    const page: { items: typeof seen; nextCursor: string | null } = await (await get(url, ACME)).json();
    seen.push(...page.items);
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen.map(({ diedAt }) => diedAt), seen.map(({ diedAt }) => diedAt).toSorted().toReversed());
  return seen.map(({ id }) => id);
}

Deno.test("GET /api/dead-letters filters by kind, which of a job is its type", async () => {
  const testApp = setupApp();
  const [job, message] = [await fail(testApp), bury(testApp)];
  assert.deepEqual(await idsOf(testApp, "kind=greet"), [job]);
  assert.deepEqual(await idsOf(testApp, "kind=counter"), [message]);
  assert.deepEqual(await idsOf(testApp, "kind=unheard-of"), []);
});

Deno.test("GET /api/dead-letters answers 422 to a query it does not understand and 400 to another list's cursor", async () => {
  const testApp = setupApp();
  const { get, submit } = testApp;
  for (const query of ["limit=0", "limit=201", "limit=many", "kind=No", "status=failed", "kind=a&kind=b", "a[]=1"]) {
    const { errors } = await problemIn(await get(`/api/dead-letters?${query}`), 422);
    assert.equal(errors?.length, 1, query);
  }
  await submit();
  await submit();
  const { nextCursor } = await (await get("/api/jobs?limit=1")).json();
  bury(testApp);
  bury(testApp);
  const own = (await (await get("/api/dead-letters?limit=1", ACME)).json()).nextCursor;
  for (const cursor of ["x", "%F0", "AAAA", nextCursor]) {
    await problemIn(await get(`/api/dead-letters?cursor=${cursor}`), 400);
  }
  await problemIn(await get(`/api/jobs?cursor=${own}`), 400);
});

Deno.test("POST /api/dead-letters/{id}/retry sends a message again, once", async () => {
  const testApp = setupApp();
  const id = bury(testApp);
  const retry = () => testApp.post(`/api/dead-letters/${id}/retry`, undefined, ACME);
  const response = await retry();
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("location"), "/api/actors/counter/main");
  const { messageId, ...rest } = await response.json();
  assert.deepEqual(rest, { source: "message", kind: "counter", key: "main" });
  assert.match(messageId, /^[0-9A-Z]{26}$/);
  await problemIn(await retry(), 404);
});

Deno.test("POST /api/dead-letters/{id}/retry answers one of two at once, and 404 to the other", async () => {
  const testApp = setupApp();
  const id = bury(testApp);
  const retry = () => testApp.post(`/api/dead-letters/${id}/retry`, undefined, ACME);
  const statuses = (await Promise.all([retry(), retry()])).map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [202, 404]);
});

Deno.test("POST /api/dead-letters/{id}/retry queues a failed job as its own retry does", async () => {
  const testApp = setupApp();
  const { post, get, system } = testApp;
  const id = await fail(testApp);
  const response = await post(`/api/dead-letters/${id}/retry`, undefined, ACME);
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("location"), `/api/jobs/${id}`);
  assert.equal((await response.json()).key, id);
  const job = await (await get(`/api/jobs/${id}`, ACME)).json();
  assert.deepEqual([job.status, job.run], ["queued", 2]);
  await problemIn(await post(`/api/dead-letters/${id}/retry`, undefined, ACME), 409);
  system.change(id, { status: "succeeded" });
  await problemIn(await post(`/api/dead-letters/${id}/retry`, undefined, ACME), 409);
});

for (const path of ["jobs", "dead-letters"]) {
  Deno.test(`POST /api/${path}/{id}/retry of a run that another retry has repeated answers 409`, async () => {
    const testApp = setupApp();
    const { post, system } = testApp;
    const id = await fail(testApp);
    const { tell } = system;
    // Between the look and the act another retry goes through, and its run has failed too.
    Object.assign(system, {
      async tell(...args: Parameters<typeof tell>) {
        Object.assign(system, { tell });
        await tell(...args);
        system.change(id, { status: "failed" });
        return await tell(...args);
      },
    });
    const { detail } = await problemIn(await post(`/api/${path}/${id}/retry`, undefined, ACME), 409);
    assert.match(detail, /in the meantime/);
    assert.equal(system.jobs.get(id)?.run, 2);
  });
}

Deno.test("DELETE /api/dead-letters/{id} takes a message away", async () => {
  const testApp = setupApp();
  const id = bury(testApp);
  const remove = () => testApp.send("DELETE", `/api/dead-letters/${id}`, { headers: ACME });
  assert.equal((await remove()).status, 204);
  assert.deepEqual(await idsOf(testApp), []);
  await problemIn(await remove(), 404);
});

Deno.test("DELETE /api/dead-letters/{id} takes a failed job away, and no other", async () => {
  const testApp = setupApp();
  const { send, get, submit, system } = testApp;
  const id = await fail(testApp);
  const remove = (id: string) => send("DELETE", `/api/dead-letters/${id}`, { headers: ACME });
  assert.equal((await remove(id)).status, 204);
  await problemIn(await get(`/api/jobs/${id}`, ACME), 404);
  await problemIn(await remove(id), 404);
  const goesOn = await submit({}, ACME);
  for (const status of ["queued", "running", "succeeded", "cancelled"] as const) {
    system.change(goesOn, { status });
    await problemIn(await remove(goesOn), 409);
  }
});

Deno.test("DELETE /api/dead-letters/{id} answers 409 when the job is retried between the look and the act", async () => {
  const testApp = setupApp();
  const { send, system } = testApp;
  const id = await fail(testApp);
  const { write } = system;
  Object.assign(system, {
    write(...args: Parameters<typeof write>) {
      system.change(id, { status: "queued" });
      return write(...args);
    },
  });
  const { detail } = await problemIn(await send("DELETE", `/api/dead-letters/${id}`, { headers: ACME }), 409);
  assert.match(detail, /is queued/);
  assert.ok(system.jobs.has(id));
});

Deno.test("another tenant's dead letter is answered 404 in the bytes of one that never was, whatever is asked", async () => {
  const testApp = setupApp();
  const ids = [bury(testApp), await fail(testApp), UNKNOWN];
  const asks = [["GET", ""], ["POST", "/retry"], ["DELETE", ""]] as const;
  for (const [method, verb] of asks) {
    const texts = await Promise.all(ids.map(async (id) => {
      const response = await testApp.send(method, `/api/dead-letters/${id}${verb}`, {
        headers: { "X-Tenant": "rival" },
      });
      const text = await response.clone().text();
      await problemIn(response, 404);
      return text;
    }));
    assert.equal(new Set(texts).size, 1, texts.join("\n"));
  }
  assert.equal((await idsOf(testApp)).length, 2);
  for (const id of ["1", "%00", "..%2f..", `${UNKNOWN}A`, "null"]) {
    for (const [method, verb] of asks) {
      await problemIn(await testApp.send(method, `/api/dead-letters/${id}${verb}`), 404);
    }
  }
});

Deno.test("a job that failed tells its verdict", async () => {
  const testApp = setupApp();
  const id = await fail(testApp);
  const { error } = await (await testApp.get(`/api/jobs/${id}`, ACME)).json();
  assert.deepEqual(error, { code: "handler-failed", message: "No such city", verdict: "threw" });
});
