import assert from "node:assert/strict";
import { problemIn, setupApp, type TestApp } from "../support/test_app.ts";

const ACME = { "X-Tenant": "acme" };
const ORDER = { eventType: "job.succeeded", target: { kind: "counter", key: "jobs-done" } };
const ofKey = (key: string) => ({ ...ORDER, target: { ...ORDER.target, key } });

async function made({ post }: TestApp, order: object): Promise<{ readonly id: string }> {
  const response = await post("/api/subscriptions", order, ACME);
  assert.equal(response.status, 201);
  return await response.json();
}

/** Where a body of `POST /api/subscriptions` is wrong, it is said. */
async function pointersOf({ post }: TestApp, body: object): Promise<readonly string[]> {
  const { errors = [] } = await problemIn(await post("/api/subscriptions", body, ACME), 422);
  return errors.map(({ pointer }) => pointer);
}

Deno.test("POST /api/subscriptions answers the subscription, and where it stands", async () => {
  const testApp = setupApp();
  const response = await testApp.post("/api/subscriptions", ORDER, ACME);
  assert.equal(response.status, 201);
  const subscription = await response.json();
  const { id, ...rest } = subscription;
  assert.equal(response.headers.get("location"), `/api/subscriptions/${id}`);
  assert.deepEqual(rest, {
    eventTypes: ["job.succeeded"],
    target: { kind: "counter", key: "jobs-done", message: "event" },
    builtIn: false,
    status: "active",
    error: null,
    cursor: 0,
    sent: 0,
    gap: null,
    createdBy: "anonymous",
    createdAt: "2026-11-22T12:00:00.000Z",
  });
  assert.deepEqual(await (await testApp.get(`/api/subscriptions/${id}`, ACME)).json(), subscription);
});

Deno.test("POST /api/subscriptions answers 422 with the place of what nobody would take", async () => {
  const testApp = setupApp();
  const of = (target: object) => pointersOf(testApp, { ...ORDER, target: { ...ORDER.target, ...target } });
  assert.deepEqual(await of({ kind: "nobody" }), ["/target/kind"]);
  assert.deepEqual(await of({ kind: "greet" }), ["/target/kind"]);
  assert.deepEqual(await of({ message: "toString" }), ["/target/message"]);
  assert.deepEqual(await of({ message: "add" }), ["/target/message"]);
  assert.deepEqual(await of({ message: "reset" }), ["/target/message"]);
  assert.deepEqual(await of({ key: "a b" }), ["/target/key"]);
  assert.deepEqual(await pointersOf(testApp, { ...ORDER, eventType: "created" }), ["/eventType"]);
});

Deno.test("POST /api/subscriptions answers 409 to one that says what another of the tenant says, and to the hundred and first", async () => {
  const testApp = setupApp();
  await made(testApp, ORDER);
  await problemIn(await testApp.post("/api/subscriptions", ORDER, ACME), 409);
  assert.equal((await testApp.post("/api/subscriptions", ORDER, { "X-Tenant": "rival" })).status, 201);
  for (let number = 2; number <= 100; number++) await made(testApp, ofKey(`k${number}`));
  await problemIn(await testApp.post("/api/subscriptions", ofKey("k101"), ACME), 409);
});

Deno.test("GET /api/subscriptions pages by id, and sees no other tenant's", async () => {
  const testApp = setupApp();
  const ids: string[] = [];
  for (const key of ["a", "b", "c"]) ids.push((await made(testApp, ofKey(key))).id);
  await testApp.post("/api/subscriptions", ORDER, { "X-Tenant": "rival" });
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = `limit=2${cursor && `&cursor=${cursor}`}`;
    const page = await (await testApp.get(`/api/subscriptions?${query}`, ACME)).json();
    seen.push(...page.items.map(({ id }: { id: string }) => id));
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen, ids.sort());
});

Deno.test("DELETE /api/subscriptions/{id} answers 204, and 404 to one that is not there", async () => {
  const testApp = setupApp();
  const { id } = await made(testApp, ORDER);
  const remove = (path: string, headers = ACME) => testApp.send("DELETE", `/api/subscriptions/${path}`, { headers });
  await problemIn(await remove(id, { "X-Tenant": "rival" }), 404);
  assert.equal((await remove(id)).status, 204);
  for (const path of [id, "kind:nobody", "nothing", "kind:"]) await problemIn(await remove(path), 404);
  await problemIn(await testApp.get(`/api/subscriptions/${id}`, ACME), 404);
});
