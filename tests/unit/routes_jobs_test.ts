import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { problemIn, setupApp, type TestApp } from "../support/test_app.ts";

const UNKNOWN = "01JD9ZK5T3M6X8QV2N4B7C1RSW";

async function succeeded({ submit, system, clock }: TestApp): Promise<string> {
  const id = await submit();
  const result = JSON.stringify({ greeting: "Hello, Ada" });
  system.change(id, { status: "succeeded", attempts: 1, result, startedAt: clock.now(), finishedAt: clock.now() });
  return id;
}

Deno.test("GET /api/jobs/{id} reads the job as the wire names it (S2-3)", async () => {
  const testApp = setupApp();
  const id = await succeeded(testApp);
  const job = await (await testApp.get(`/api/jobs/${id}`)).json();
  assert.equal(job.status, "succeeded");
  assert.deepEqual(job.result, { greeting: "Hello, Ada" });
  assert.equal(job.finishedAt, "2026-11-22T12:00:00.000Z");
  assert.deepEqual(["tenant", "payload", "createdBy", "jobId"].filter((name) => name in job), []);
});

Deno.test("GET /api/jobs/{id} answers 404 in the same bytes for unknown and another tenant's (S2-24)", async () => {
  const { get, submit } = setupApp();
  const id = await submit({}, { "X-Tenant": "acme" });
  const [unknown, foreign] = await Promise.all([get(`/api/jobs/${UNKNOWN}`), get(`/api/jobs/${id}`)]);
  const text = await unknown.clone().text();
  await problemIn(unknown, 404);
  assert.equal(await foreign.text(), text);
  assert.equal((await get(`/api/jobs/${id}?tenant=acme`)).status, 200);
});

Deno.test("GET /api/jobs/{id} answers 404 when the id cannot be one", async () => {
  const { get } = setupApp();
  for (const id of ["1", "null", "%00", "..%2f..", "01jd9zk5t3m6x8qv2n4b7c1rsw", `${UNKNOWN}A`, "%E0%A4%A"]) {
    await problemIn(await get(`/api/jobs/${id}`), 404);
  }
});

Deno.test("GET /api/jobs/{id}/logs answers a list, and 404 without the job (S2-4)", async () => {
  const { get, submit } = setupApp();
  assert.deepEqual(await (await get(`/api/jobs/${await submit()}/logs`)).json(), { items: [], nextCursor: null });
  await problemIn(await get(`/api/jobs/${UNKNOWN}/logs`), 404);
});

Deno.test("GET /api/jobs pages newest first and meets every job once", async () => {
  const { get, submit } = setupApp();
  const ids: string[] = [];
  for (let count = 0; count < 7; count++) ids.unshift(await submit());
  await submit({}, { "X-Tenant": "acme" });
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: { items: { id: string }[]; nextCursor: string | null } = await (await get(
      `/api/jobs?limit=3${cursor && `&cursor=${cursor}`}`,
    )).json();
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen, ids);
});

Deno.test("GET /api/jobs filters by status, type and when they were created", async () => {
  const { get, submit, system, clock } = setupApp();
  const old = await submit();
  clock.advance(60_000);
  const [failed, queued] = [await submit(), await submit()];
  system.change(failed, { status: "failed" });
  const idsOf = async (query: string) =>
    (await (await get(`/api/jobs?${query}`)).json()).items.map(({ id }: { id: string }) => id);
  assert.deepEqual(await idsOf("status=failed"), [failed]);
  assert.deepEqual(await idsOf("status=failed,queued&createdFrom=2026-11-22T12:01:00Z"), [queued, failed]);
  assert.deepEqual(await idsOf("status=failed&status=queued"), [queued, failed, old]);
  assert.deepEqual(await idsOf("createdUntil=2026-11-22T12:01:00Z"), [old]);
  assert.deepEqual(await idsOf("type=import"), []);
});

Deno.test("GET /api/jobs answers 422 to a query it does not understand and 400 to a cursor that is none", async () => {
  const { get } = setupApp();
  const queries = [
    "status=done",
    "limit=0",
    "limit=201",
    "limit=many",
    "createdFrom=yesterday",
    "stauts=failed",
    "a[]=1",
  ];
  for (const query of queries) {
    const { errors } = await problemIn(await get(`/api/jobs?${query}`), 422);
    assert.equal(errors?.length, 1);
  }
  for (const cursor of ["x", "%F0", "AAAA", "MDFKRDlaSzVUM002WDhRVjJONEI3QzFSU1dY"]) {
    await problemIn(await get(`/api/jobs?cursor=${cursor}`), 400);
  }
});

Deno.test("GET /api/jobs/{id}/result downloads in the forms that the type has", async () => {
  const testApp = setupApp();
  const id = await succeeded(testApp);
  const json = await testApp.get(`/api/jobs/${id}/result`);
  assert.deepEqual(await json.json(), { greeting: "Hello, Ada" });
  const csv = await testApp.get(`/api/jobs/${id}/result?format=csv`);
  assert.equal(await csv.text(), "greeting\r\nHello, Ada\r\n");
  assert.equal(csv.headers.get("content-disposition"), `attachment; filename="greet-${id}.csv"`);
  const html = await testApp.get(`/api/jobs/${id}/result?format=html`);
  assert.equal(html.headers.get("content-type"), "text/html; charset=utf-8");
  assert.match(html.headers.get("content-security-policy")!, /default-src 'none'.*sandbox/);
  assert.equal(html.headers.get("x-content-type-options"), "nosniff");
  await html.body?.cancel();
});

Deno.test("GET /api/jobs/{id}/result answers 409 without a result and 422 to an unknown format", async () => {
  const testApp = setupApp();
  const id = await testApp.submit();
  await problemIn(await testApp.get(`/api/jobs/${id}/result`), 409);
  for (const format of ["pdf", "__proto__", "constructor"]) {
    await problemIn(await testApp.get(`/api/jobs/${await succeeded(testApp)}/result?format=${format}`), 422);
  }
});

Deno.test("POST /api/jobs/{id}/cancel answers 200 when it waited, 202 when it runs, 409 when it is over", async () => {
  const { post, submit, system } = setupApp();
  const id = await submit();
  const waiting = await post(`/api/jobs/${id}/cancel`);
  assert.equal(waiting.status, 200);
  assert.equal((await waiting.json()).status, "cancelled");
  await problemIn(await post(`/api/jobs/${id}/cancel`), 409);

  const other = await submit();
  system.change(other, { status: "running" });
  const running = await post(`/api/jobs/${other}/cancel`);
  assert.equal(running.status, 202);
  assert.equal((await running.json()).status, "running");
  await problemIn(await post(`/api/jobs/${UNKNOWN}/cancel`), 404);
});

Deno.test("POST /api/jobs/{id}/cancel answers 409 when the job ends between the look and the act", async () => {
  const { post, submit, system } = setupApp();
  const id = await submit();
  Object.assign(system, {
    cancel() {
      system.change(id, { status: "succeeded" });
      return Promise.reject(new RuntimeError("not-found", "There is no message to cancel"));
    },
  });
  const { detail } = await problemIn(await post(`/api/jobs/${id}/cancel`), 409);
  assert.match(detail, /succeeded already/);
});

Deno.test("POST /api/jobs/{id}/retry runs a finished job again as a new run", async () => {
  const { post, submit, system } = setupApp();
  const id = await submit({ priority: 3, maxAttempts: 2 });
  await problemIn(await post(`/api/jobs/${id}/retry`), 409);
  system.change(id, { status: "failed", attempts: 2, error: '{"code":"handler-failed","message":"no"}' });
  const response = await post(`/api/jobs/${id}/retry`);
  assert.equal(response.status, 202);
  const { status, run, attempts, error } = await response.json();
  assert.deepEqual({ status, run, attempts, error }, { status: "queued", run: 2, attempts: 0, error: null });
  const { again, payload, priority, maxAttempts } = system.told.at(-1)!;
  assert.deepEqual({ again, payload, priority, maxAttempts }, {
    again: 1,
    payload: { name: "Ada" },
    priority: 3,
    maxAttempts: 2,
  });
  await problemIn(await post(`/api/jobs/${UNKNOWN}/retry`), 404);
});
