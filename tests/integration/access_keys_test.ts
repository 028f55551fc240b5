import assert from "node:assert/strict";
import { call, GREETING, makeKey } from "../support/access_calls.ts";
import { type AccessRig, setupAccess } from "../support/access_rig.ts";
import { bearer } from "../support/tokens.ts";

const MINUTE_MS = 60_000;
const JOBS = ["GET", "/api/jobs"] as const;

async function listed(rig: AccessRig): Promise<readonly Record<string, unknown>[]> {
  return JSON.parse((await call(rig, await rig.as("admin", "acme"), ["GET", "/api/keys"])).text).items;
}

Deno.test("an API key works as a bearer token of its tenant and role, and its secret is nowhere but in the answer", async () => {
  await using rig = await setupAccess();
  const made = await makeKey(rig);
  assert.equal((await call(rig, made.bearer, ["POST", "/api/jobs", GREETING])).status, 201);
  assert.ok(rig.rowsOf("acme").includes(`key:${made.id}`), "the job says who gave it");
  assert.equal((await call(rig, made.bearer, ["GET", "/api/keys"])).status, 403);
  assert.equal((await call(rig, { ...made.bearer, "X-Tenant": "beta" }, JOBS)).status, 403);

  const [key, ...more] = await listed(rig);
  assert.deepEqual([key?.id, key?.name, key?.role, more], [made.id, "nightly", "operator", []]);
  const secret = made.key.slice(-43);
  for (const told of [JSON.stringify(key), rig.rowsOf()]) assert.ok(!told.includes(secret));
  assert.ok(!("hash" in key!));
});

Deno.test("a key that is unknown, wrong, revoked, expired or no key at all is answered in the same bytes", async () => {
  await using rig = await setupAccess();
  const admin = await rig.as("admin", "acme");
  const [good, revoked] = [await makeKey(rig), await makeKey(rig)];
  const expired = await makeKey(rig, { expiresAt: new Date(Date.now() + MINUTE_MS).toISOString() });
  const beta = await makeKey(rig, {}, await rig.as("admin", "beta"));
  assert.equal((await call(rig, admin, ["DELETE", `/api/keys/${revoked.id}`])).status, 204);
  rig.pass(MINUTE_MS);

  const nobody = await call(rig, {}, JOBS);
  assert.equal(nobody.status, 401);
  const secret = good.key.slice(-43);
  for (
    const key of [
      `mr_01jd9zk5t3m6x8qv2n4b7c1rsw_${secret}`,
      `mr_${good.id}_${"A".repeat(43)}`,
      `mr_${beta.id}_${secret}`,
      `mr_${good.id.toUpperCase()}_${secret}`,
      `${good.key}A`,
      "mr_",
      revoked.key,
      expired.key,
    ]
  ) assert.equal((await call(rig, bearer(key), JOBS)).bytes, nobody.bytes, key);
  assert.equal((await call(rig, good.bearer, JOBS)).status, 200);
});

Deno.test("a key that is revoked is refused at once, though it was remembered, and so are those under way", async () => {
  await using rig = await setupAccess();
  const admin = await rig.as("admin", "acme");
  const { id, bearer } = await makeKey(rig);
  assert.equal((await call(rig, bearer, JOBS)).status, 200);
  assert.equal((await call(rig, admin, ["DELETE", `/api/keys/${id}`])).status, 204);
  assert.equal((await call(rig, bearer, JOBS)).status, 401);
  assert.equal((await call(rig, admin, ["DELETE", `/api/keys/${id}`])).status, 204);
  assert.equal((await call(rig, admin, ["POST", `/api/keys/${id}/rotate`, {}])).status, 409);

  const another = await makeKey(rig);
  const answers = Array.from({ length: 20 }, () => call(rig, another.bearer, JOBS));
  assert.equal((await call(rig, admin, ["DELETE", `/api/keys/${another.id}`])).status, 204);
  await Promise.all(answers);
  assert.equal((await call(rig, another.bearer, JOBS)).status, 401);
});

Deno.test("an event stream ends with the key that opened it", async () => {
  await using rig = await setupAccess();
  const admin = await rig.as("admin", "acme");
  const [mine, other] = [await makeKey(rig), await makeKey(rig)];
  const open = async (headers: Readonly<Record<string, string>>) => {
    const { body } = await rig.fetch({ method: "GET", path: "/api/notifications/stream" }, headers);
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await reader.read()).value ?? "", /^retry: /);
    return reader;
  };
  const [ended, kept] = [await open(mine.bearer), await open(other.bearer)];
  const next = ended.read();
  assert.equal((await call(rig, admin, ["DELETE", `/api/keys/${mine.id}`])).status, 204);
  assert.equal((await next).value, "retry: 1000\n\n");
  assert.equal((await ended.read()).done, true);
  const told = kept.read();
  await call(rig, admin, ["POST", "/api/jobs", GREETING]);
  assert.match((await told).value ?? "", /job\.queued/);
  await kept.cancel();
});

Deno.test("a rotated key has a new secret, and the old one holds for the grace that was asked for", async () => {
  await using rig = await setupAccess();
  const admin = await rig.as("admin", "acme");
  const { id, bearer: first } = await makeKey(rig);
  const rotate = async (body?: unknown) => {
    const { status, text } = await call(rig, admin, ["POST", `/api/keys/${id}/rotate`, body]);
    assert.equal(status, 200, text);
    return bearer(JSON.parse(text).key);
  };
  const statuses = async (...all: readonly Readonly<Record<string, string>>[]) =>
    await Promise.all(all.map(async (one) => (await call(rig, one, JOBS)).status));
  assert.deepEqual(await statuses(first), [200]);
  const second = await rotate();
  assert.deepEqual(await statuses(first, second), [401, 200]);
  const third = await rotate({ graceMs: 30_000 });
  assert.deepEqual(await statuses(first, second, third), [401, 200, 200]);
  rig.pass(30_000);
  assert.deepEqual(await statuses(second, third), [401, 200]);

  const both = await Promise.all([1, 2].map(() => call(rig, admin, ["POST", `/api/keys/${id}/rotate`, {}])));
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
});

Deno.test("nobody makes a key, or a secret of one, that may do more than they may", async () => {
  await using rig = await setupAccess();
  const admin = await rig.as("admin", "acme");
  const platform = await rig.as("platform", "acme");
  const order = { name: "more", role: "platform" };
  assert.equal((await call(rig, admin, ["POST", "/api/keys", order])).status, 403);
  const larger = await makeKey(rig, order, platform);
  assert.equal((await call(rig, admin, ["POST", `/api/keys/${larger.id}/rotate`, {}])).status, 403);
  const inSystem = { ...platform, "X-Tenant": "system" };
  assert.equal((await call(rig, inSystem, ["POST", "/api/keys", { ...order, role: "viewer" }])).status, 403);

  const narrow = await makeKey(rig, { role: "admin", scopes: ["keys"] });
  const wide = await makeKey(rig, { role: "admin" });
  assert.equal((await call(rig, narrow.bearer, ["POST", "/api/keys", { ...order, role: "admin" }])).status, 403);
  assert.equal(
    (await call(rig, narrow.bearer, ["POST", "/api/keys", { ...order, role: "admin", scopes: ["keys", "jobs"] }]))
      .status,
    403,
  );
  assert.equal((await call(rig, narrow.bearer, ["POST", `/api/keys/${wide.id}/rotate`, {}])).status, 403);
  await makeKey(rig, { role: "viewer", scopes: ["keys"] }, narrow.bearer);
});

Deno.test("a key with scopes is for the operations of these tags alone", async () => {
  await using rig = await setupAccess();
  const { bearer } = await makeKey(rig, { role: "admin", scopes: ["jobs", "notifications"] });
  assert.equal((await call(rig, bearer, ["POST", "/api/jobs", GREETING])).status, 201);
  assert.equal((await call(rig, bearer, ["GET", "/api/notifications/stream?lastEventId=0"])).status, 200);
  const refused = await call(rig, bearer, ["GET", "/api/dead-letters"]);
  assert.equal(refused.status, 403);
  assert.match(refused.text, /takes an API key for dead letters: yours is for jobs, notifications alone/);
  assert.equal((await call(rig, bearer, ["GET", "/api/keys"])).status, 403);
});

Deno.test("a key with scopes opens no page of the console, which reads what has other tags, and is told so; one without does", async () => {
  await using rig = await setupAccess();
  const { bearer } = await makeKey(rig, { role: "admin", scopes: ["jobs", "notifications"] });
  for (const path of ["/console", "/console/jobs", "/console/unknown"]) {
    const refused = await call(rig, bearer, ["GET", path]);
    assert.equal(refused.status, 403, path);
    assert.match(refused.text, /takes a token, or an API key for all calls: yours is for jobs, notifications alone/);
  }
  const whole = await makeKey(rig, { role: "viewer" });
  assert.equal((await call(rig, whole.bearer, ["GET", "/console/jobs"])).status, 200);
});

Deno.test("the list says when a key was used last, to a minute", async () => {
  await using rig = await setupAccess();
  const { bearer } = await makeKey(rig);
  const lastUsed = async () => {
    const [key] = await listed(rig);
    return key?.lastUsedAt === null ? null : Date.parse(String(key?.lastUsedAt));
  };
  const use = async () => {
    const written = rig.node.recorder.next("batch.committed");
    assert.equal((await call(rig, bearer, JOBS)).status, 200);
    await written;
  };
  assert.equal(await lastUsed(), null);
  await use();
  const first = await lastUsed();
  await call(rig, bearer, JOBS);
  assert.equal(await lastUsed(), first);
  rig.pass(MINUTE_MS);
  await use();
  assert.ok((await lastUsed())! - first! >= MINUTE_MS);
});

Deno.test("keys survive a restart", async () => {
  await using rig = await setupAccess();
  const [kept, revoked] = [await makeKey(rig), await makeKey(rig)];
  await call(rig, await rig.as("admin", "acme"), ["DELETE", `/api/keys/${revoked.id}`]);
  await rig.restart();
  assert.equal((await call(rig, kept.bearer, JOBS)).status, 200);
  assert.equal((await call(rig, revoked.bearer, JOBS)).status, 401);
});

Deno.test("where nobody has to sign in, keys are made and listed all the same", async () => {
  await using rig = await setupAccess({ isOpen: true });
  const { id } = await makeKey(rig, {}, {});
  const { items } = JSON.parse((await call(rig, {}, ["GET", "/api/keys"])).text);
  assert.deepEqual(items.map((key: { id: string; createdBy: string }) => [key.id, key.createdBy]), [[id, "anonymous"]]);
  assert.equal((await call(rig, {}, ["DELETE", `/api/keys/${id}`])).status, 204);
});
