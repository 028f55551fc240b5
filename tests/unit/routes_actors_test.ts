import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { problemIn, setupApp } from "../support/test_app.ts";

Deno.test("POST /api/actors/{kind}/{key}/{message} answers 202 with the message's id", async () => {
  const { post, system } = setupApp();
  const response = await post("/api/actors/counter/main/add", { by: 2 }, { "X-Tenant": "acme" });
  assert.equal(response.status, 202);
  assert.match((await response.json()).messageId, /^[0-9A-Z]{26}$/);
  const { to, message, payload } = system.told[0]!;
  assert.deepEqual({ to, message, payload }, {
    to: { tenant: "acme", kind: "counter", key: "main" },
    message: "add",
    payload: { by: 2 },
  });
});

Deno.test("POST /api/actors/{kind}/{key}/{message} reads an empty body as {}", async () => {
  const { post, system } = setupApp();
  assert.equal((await post("/api/actors/counter/main/reset")).status, 202);
  assert.equal((await post("/api/actors/counter/main/reset", "")).status, 202);
  assert.deepEqual(system.told.map(({ payload }) => payload), [{}, {}]);
});

Deno.test("POST /api/actors/{kind}/{key}/{message} tells once for a repeated Idempotency-Key", async () => {
  const { post, system } = setupApp();
  const headers = { "Idempotency-Key": "k" };
  await post("/api/actors/counter/main/add", { by: 2 }, headers);
  const again = await post("/api/actors/counter/main/add", { by: 2 }, headers);
  assert.equal(again.status, 202);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  await problemIn(await post("/api/actors/counter/other/add", { by: 2 }, headers), 422);
  assert.equal(system.told.length, 1);
});

Deno.test("POST /api/actors/{kind}/{key}/{message} answers 422 when the message refuses the payload", async () => {
  const { post } = setupApp();
  const { errors } = await problemIn(await post("/api/actors/counter/main/add", { by: "2" }), 422);
  assert.equal(errors?.[0]?.pointer, "/by");
});

Deno.test("POST /api/actors/{kind}/{key}/{message} answers 404 to what there is not", async () => {
  const { post } = setupApp();
  const paths = [
    "nope/main/add",
    "counter/main/nope",
    "counter/main/__proto__",
    "counter/main/constructor",
    "counter/a%20b/add",
  ];
  for (const path of paths) await problemIn(await post(`/api/actors/${path}`, { by: 1 }), 404);
});

Deno.test("POST /api/actors/{kind}/{key}/{message} points to /api/jobs when the kind is a job type", async () => {
  const { post, system } = setupApp();
  const { detail } = await problemIn(await post("/api/actors/greet/main/run", { name: "Ada" }), 404);
  assert.match(detail, /\/api\/jobs/);
  assert.equal(system.told.length, 0);
});

Deno.test("GET /api/actors/{kind}/{key} answers state, version and mailbox depth, and 404 without any", async () => {
  const { get, system } = setupApp();
  system.setActor({ tenant: "acme", kind: "counter", key: "main" }, {
    state: { count: 3 },
    version: 2,
    updatedAt: Date.parse("2026-11-22T11:00:00Z"),
    mailboxDepth: 1,
    running: false,
    parked: { at: Date.parse("2026-11-22T11:30:00Z"), reason: "too many failures", because: "ledger/main" },
  });
  assert.deepEqual(await (await get("/api/actors/counter/main?tenant=acme")).json(), {
    state: { count: 3 },
    version: 2,
    updatedAt: "2026-11-22T11:00:00.000Z",
    mailboxDepth: 1,
    running: false,
    parked: { at: "2026-11-22T11:30:00.000Z", reason: "too many failures", because: "ledger/main" },
  });
  const bytes = await Promise.all(
    ["counter/main", "counter/other", "nope/main"].map(async (path) => {
      const response = await get(`/api/actors/${path}`);
      const text = await response.clone().text();
      await problemIn(response, 404);
      return text;
    }),
  );
  assert.equal(new Set(bytes).size, 1);
});

Deno.test("GET /api/actors/{kind}/{key}/{query} asks with the query string's arguments, without the tenant", async () => {
  const { get, system } = setupApp();
  const asked: unknown[] = [];
  system.answerAsk((query, args) => asked.push([query, args]));
  assert.equal(await (await get("/api/actors/counter/main/count?tenant=acme")).json(), 1);
  assert.equal(await (await get("/api/actors/counter/main/count?unit=pieces")).json(), 2);
  assert.deepEqual(asked, [["count", undefined], ["count", { unit: "pieces" }]]);
  await problemIn(await get("/api/actors/counter/main/toString"), 404);
  await problemIn(await get("/api/actors/greet/main/run"), 404);
});

Deno.test("GET /api/actors/{kind}/{key}/{query} blames the arguments when the query fails with some", async () => {
  const { get, system, errors } = setupApp();
  system.answerAsk(() => {
    throw new RuntimeError("handler-failed", "x is not a function at /srv/app.ts");
  });
  await problemIn(await get("/api/actors/counter/main/count?x=1"), 422);
  assert.equal(errors.length, 0);
  const { detail } = await problemIn(await get("/api/actors/counter/main/count"), 500);
  assert.doesNotMatch(detail, /srv/);
  assert.equal(errors.length, 1);
});
