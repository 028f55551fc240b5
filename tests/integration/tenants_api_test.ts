import assert from "node:assert/strict";
import { type AccessRig, setupAccess } from "../support/access_rig.ts";
import { before } from "../support/deadline.ts";
import { readSse } from "../support/sse_reader.ts";

const JSON_TYPE = { "content-type": "application/json" };

async function call(
  rig: AccessRig,
  [method, path]: readonly [method: string, path: string],
  { role = "platform", tenant = "ops", body }: {
    role?: "viewer" | "operator" | "platform";
    tenant?: string;
    body?: unknown;
  } = {},
): Promise<{ readonly status: number; readonly json: Record<string, unknown>; readonly headers: Headers }> {
  const text = body === undefined ? {} : { headers: JSON_TYPE, body: JSON.stringify(body) };
  const answer = await rig.fetch({ method, path, ...text }, await rig.as(role, tenant));
  return { status: answer.status, json: JSON.parse(await answer.text() || "null"), headers: answer.headers };
}

const ECHO = { type: "echo", payload: { text: "a" } };

Deno.test("a tenant is registered, read, listed and changed by the role platform alone (S0-1)", async () => {
  await using rig = await setupAccess();
  const order = { id: "acme", name: "Acme Car Wash", settings: { weight: 3 } };
  const made = await call(rig, ["POST", "/api/tenants"], { body: order });
  assert.deepEqual([made.status, made.headers.get("location")], [201, "/api/tenants/acme"]);
  assert.equal((await call(rig, ["POST", "/api/tenants"], { body: order })).status, 409);
  const changed = await call(rig, ["PATCH", "/api/tenants/acme"], {
    body: { settings: { webhookHosts: ["*.acme.org"] } },
  });
  const { weight, webhookHosts } = changed.json.settings as Record<string, unknown>;
  assert.deepEqual([changed.status, weight, webhookHosts], [200, 3, ["*.acme.org"]]);
  assert.deepEqual((await call(rig, ["GET", "/api/tenants/acme"])).json, changed.json);
  await call(rig, ["POST", "/api/tenants"], { body: { id: "beta" } });
  const first = await call(rig, ["GET", "/api/tenants?limit=1"]);
  const rest = await call(rig, ["GET", `/api/tenants?limit=1&cursor=${first.json.nextCursor}`]);
  const ids = [first, rest].flatMap(({ json }) => (json.items as { id: string }[]).map(({ id }) => id));
  assert.deepEqual([ids, rest.json.nextCursor], [["acme", "beta"], null]);
  assert.equal((await call(rig, ["GET", "/api/tenants/nobody"])).status, 404);
  for (const settings of [{ weight: 0 }, { weight: 101 }, { webhookHosts: ["a/b"] }, { size: 1 }]) {
    assert.equal((await call(rig, ["PATCH", "/api/tenants/acme"], { body: { settings } })).status, 422);
  }
  for (const id of ["system", "Acme", "-a", ""]) {
    assert.equal((await call(rig, ["POST", "/api/tenants"], { body: { id } })).status, 422);
  }
});

Deno.test("a suspended tenant is answered 403 and its streams end; the role platform still reads, and resumes it", async () => {
  await using rig = await setupAccess();
  await call(rig, ["POST", "/api/tenants"], { body: { id: "acme" } });
  const stream = await rig.fetch({ method: "GET", path: "/api/notifications/stream" }, await rig.as("viewer", "acme"));
  const other = await rig.fetch({ method: "GET", path: "/api/notifications/stream" }, await rig.as("viewer", "beta"));
  assert.equal((await call(rig, ["POST", "/api/tenants/acme/suspend"])).json.status, "suspended");
  await before(stream.text(), 5_000, () => new Error("The stream of the suspended tenant goes on"));
  for (const role of ["viewer", "operator"] as const) {
    const refused = await call(rig, ["GET", "/api/jobs"], { role, tenant: "acme" });
    assert.deepEqual([refused.status, refused.json.type], [403, "urn:mailroom:problem:tenant-suspended"]);
  }
  assert.equal((await call(rig, ["POST", "/api/jobs"], { role: "operator", tenant: "acme", body: ECHO })).status, 403);
  assert.equal((await call(rig, ["GET", "/api/jobs?tenant=acme"])).status, 200);
  assert.equal((await call(rig, ["POST", "/api/jobs?tenant=acme"], { body: ECHO })).status, 403);
  assert.equal((await call(rig, ["GET", "/api/jobs"], { role: "viewer", tenant: "beta" })).status, 200);
  assert.equal((await call(rig, ["POST", "/api/tenants/acme/resume"])).json.status, "active");
  assert.equal((await call(rig, ["POST", "/api/jobs"], { role: "operator", tenant: "acme", body: ECHO })).status, 201);
  await call(rig, ["POST", "/api/jobs"], { role: "operator", tenant: "beta", body: ECHO });
  const reader = readSse(other);
  const told = await before(reader.nextEvent(), 5_000, () => new Error("The other tenant's stream is silent"));
  assert.equal(JSON.parse(told?.data ?? "{}").type, "job.queued");
  await reader.cancel();
});

Deno.test("a tenant that hands in more than its settings say is answered 429 with Retry-After, and others are not", async () => {
  await using rig = await setupAccess();
  await call(rig, ["POST", "/api/tenants"], { body: { id: "acme", settings: { submissionsPerMinute: 6 } } });
  const submit = (tenant: string) => call(rig, ["POST", "/api/jobs"], { role: "operator", tenant, body: ECHO });
  const batch = { jobs: [ECHO, ECHO, ECHO, ECHO] };
  assert.equal(
    (await call(rig, ["POST", "/api/jobs/batch"], { role: "operator", tenant: "acme", body: batch })).status,
    201,
  );
  assert.deepEqual([(await submit("acme")).status, (await submit("acme")).status], [201, 201]);
  const refused = await submit("acme");
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "10"]);
  assert.equal((await submit("beta")).status, 201);
  rig.pass(10_000);
  assert.equal((await submit("acme")).status, 201);
  assert.equal((await submit("acme")).status, 429);
  await call(rig, ["PATCH", "/api/tenants/acme"], { body: { settings: { submissionsPerMinute: null } } });
  assert.equal((await submit("acme")).status, 201);
});

Deno.test("a tenant is deleted by who asks twice, with the code of the first answer, within ten minutes", async () => {
  await using rig = await setupAccess();
  await call(rig, ["POST", "/api/tenants"], { body: { id: "acme" } });
  const ask = async () => (await call(rig, ["DELETE", "/api/tenants/acme"])).json.confirm as string;
  const confirm = (code: string) => call(rig, ["DELETE", `/api/tenants/acme?confirm=${code}`]);
  const late = await ask();
  rig.pass(600_001);
  assert.equal((await confirm(late)).status, 422);
  const stale = await ask();
  await call(rig, ["PATCH", "/api/tenants/acme"], { body: { name: "Changed" } });
  for (const code of [stale, "abc", "", `${Infinity}-aaaaaaaaaaaa`]) assert.equal((await confirm(code)).status, 422);
  assert.equal((await call(rig, ["GET", "/api/tenants/acme"])).json.status, "active");
  const gone = rig.node.recorder.next("tenant.deleted");
  const accepted = await confirm(await ask());
  assert.deepEqual([accepted.status, accepted.json.status], [202, "deleting"]);
  await gone;
  assert.equal((await call(rig, ["GET", "/api/tenants/acme"])).status, 404);
});

Deno.test("a deleted tenant's keys open nothing any more, and what was begun for it is not done", async () => {
  await using rig = await setupAccess();
  await call(rig, ["POST", "/api/tenants"], { body: { id: "acme" } });
  const made = await call(rig, ["POST", "/api/keys?tenant=acme"], { body: { name: "k", role: "operator" } });
  const key = { Authorization: `Bearer ${made.json.key}` };
  const list = () => rig.fetch({ method: "GET", path: "/api/jobs" }, key);
  assert.equal((await list()).status, 200);
  const gone = rig.node.recorder.next("tenant.deleted");
  const { confirm } = (await call(rig, ["DELETE", "/api/tenants/acme"])).json;
  await call(rig, ["DELETE", `/api/tenants/acme?confirm=${confirm}`]);
  await gone;
  assert.equal((await list()).status, 401);
});

Deno.test("what a tenant uses is told beside what it may", async () => {
  await using rig = await setupAccess();
  const settings = { concurrency: 3, submissionsPerMinute: 10, eventsKept: 50 };
  await call(rig, ["POST", "/api/tenants"], { body: { id: "acme", settings } });
  const waiting = { ...ECHO, delayMs: 60_000 };
  for (const body of [waiting, waiting]) {
    await call(rig, ["POST", "/api/jobs"], { role: "operator", tenant: "acme", body });
  }
  const { json } = await call(rig, ["GET", "/api/tenants/acme/usage"]);
  assert.deepEqual(json, {
    pending: { used: 2, limit: 1_000_000 },
    running: { used: 0, limit: 3 },
    submissions: { used: 2, limit: 10 },
    events: { used: 2, limit: 50 },
    jobs: { used: 0, limit: null },
    bytes: { used: 0, limit: null },
  });
  assert.equal((await call(rig, ["GET", "/api/tenants/nobody/usage"])).status, 404);
});
