import assert from "node:assert/strict";
import { problemIn, setupApp, type TestApp } from "../support/test_app.ts";

const ACME = { "X-Tenant": "acme" };
const JOB = { type: "greet", payload: { name: "Ada" } };
const NIGHTLY = { name: "nightly", cron: "30 2 * * *", target: JOB };
const OFTEN = {
  name: "often",
  everyMs: 60_000,
  target: { kind: "counter", key: "main", message: "add", payload: { by: 1 } },
};

async function made({ post }: TestApp, ...all: readonly object[]): Promise<void> {
  for (const one of all) assert.equal((await post("/api/schedules", one, ACME)).status, 201);
}

/** Where a body of `POST /api/schedules` is wrong, it is said. */
async function pointersOf({ post }: TestApp, body: object): Promise<readonly string[]> {
  const { errors = [] } = await problemIn(await post("/api/schedules", body, ACME), 422);
  return errors.map(({ pointer }) => pointer);
}

Deno.test("POST /api/schedules answers the schedule, with when it ticks next", async () => {
  const testApp = setupApp();
  const { post, get } = testApp;
  const response = await post("/api/schedules", NIGHTLY, ACME);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("location"), "/api/schedules/nightly");
  const schedule = await response.json();
  assert.deepEqual(schedule, {
    name: "nightly",
    cron: "30 2 * * *",
    timeZone: "UTC",
    everyMs: null,
    target: { type: "greet", payload: { name: "Ada" } },
    catchUp: "latest",
    catchUpLimit: 100,
    jitterMs: 0,
    enabled: true,
    builtIn: false,
    nextAt: "2026-11-23T02:30:00.000Z",
    last: null,
    createdBy: "anonymous",
    createdAt: "2026-11-22T12:00:00.000Z",
    updatedAt: "2026-11-22T12:00:00.000Z",
  });
  assert.deepEqual(await (await get("/api/schedules/nightly", ACME)).json(), schedule);
});

Deno.test("POST /api/schedules takes an interval, and a message to an actor", async () => {
  const testApp = setupApp();
  await made(testApp, { ...OFTEN, catchUp: "all", catchUpLimit: 7, jitterMs: 500, enabled: false });
  const { everyMs, cron, target, catchUp, catchUpLimit, jitterMs, enabled, nextAt } =
    await (await testApp.get("/api/schedules/often", ACME)).json();
  assert.deepEqual([everyMs, cron, catchUp, catchUpLimit, jitterMs], [60_000, null, "all", 7, 500]);
  assert.deepEqual([enabled, nextAt, target], [false, null, OFTEN.target]);
});

Deno.test("POST /api/schedules answers 422 with the place of what can never be due", async () => {
  const testApp = setupApp();
  const of = (more: object) => pointersOf(testApp, { name: "nightly", target: JOB, ...more });
  assert.deepEqual(await of({}), ["/cron"]);
  assert.deepEqual(await of({ cron: "61 2 * * *" }), ["/cron"]);
  assert.deepEqual(await of({ cron: "30 2 * * *", timeZone: "Europe/Atlantis" }), ["/timeZone"]);
  assert.deepEqual(await of({ cron: "30 2 * * *", everyMs: 1_000 }), ["/everyMs"]);
  assert.deepEqual(await of({ everyMs: 1_000, timeZone: "UTC" }), ["/timeZone"]);
  assert.deepEqual(await of({ everyMs: 999 }), ["/everyMs"]);
  assert.deepEqual(await of({ everyMs: 1_000, jitterMs: 501 }), ["/jitterMs"]);
});

Deno.test("POST /api/schedules answers 422 with the place of what nobody would take", async () => {
  const testApp = setupApp();
  const of = (target: object) => pointersOf(testApp, { ...NIGHTLY, target });
  assert.deepEqual(await of({}), ["/target/type"]);
  assert.deepEqual(await of({ type: "counter" }), ["/target/type"]);
  assert.deepEqual(await of({ ...JOB, key: "a" }), ["/target/key"]);
  assert.deepEqual(await of({ ...JOB, message: "run" }), ["/target/message"]);
  assert.deepEqual(await of({ type: "greet", payload: { name: "" } }), ["/target/payload/name"]);
  assert.deepEqual(await of({ ...OFTEN.target, type: "greet" }), ["/target/kind"]);
  assert.deepEqual(await of({ ...OFTEN.target, kind: "greet" }), ["/target/kind"]);
  assert.deepEqual(await of({ ...OFTEN.target, message: "toString" }), ["/target/message"]);
  assert.deepEqual(await of({ ...OFTEN.target, payload: { by: "1" } }), ["/target/payload/by"]);
  assert.deepEqual(await of({ ...OFTEN.target, key: "a b" }), ["/target/key"]);
  await problemIn(
    await testApp.post("/api/schedules", {
      ...NIGHTLY,
      target: { type: "greet", payload: { name: "x".repeat(300_000) } },
    }),
    413,
  );
});

Deno.test("POST /api/schedules answers 409 to a name that is taken in the tenant", async () => {
  const testApp = setupApp();
  await made(testApp, NIGHTLY);
  await problemIn(await testApp.post("/api/schedules", NIGHTLY, ACME), 409);
  assert.equal((await testApp.post("/api/schedules", NIGHTLY, { "X-Tenant": "rival" })).status, 201);
});

Deno.test("GET /api/schedules pages by name, and sees no other tenant's", async () => {
  const testApp = setupApp();
  await made(testApp, OFTEN, NIGHTLY, { ...NIGHTLY, name: "a-1" });
  await testApp.post("/api/schedules", { ...NIGHTLY, name: "theirs" }, { "X-Tenant": "rival" });
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = `limit=2${cursor && `&cursor=${cursor}`}`;
    const page = await (await testApp.get(`/api/schedules?${query}`, ACME)).json();
    seen.push(...page.items.map(({ name }: { name: string }) => name));
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen, ["a-1", "nightly", "often"]);
  await problemIn(await testApp.get("/api/schedules/theirs", ACME), 404);
  await problemIn(await testApp.get("/api/schedules?cursor=MDE", ACME), 400);
});

Deno.test("PATCH /api/schedules/{name} changes what it says and nothing else", async () => {
  const testApp = setupApp();
  const patch = (body: object) => testApp.send("PATCH", "/api/schedules/nightly", { body, headers: ACME });
  await made(testApp, { ...NIGHTLY, timeZone: "Europe/Berlin", catchUp: "skip" });
  const before = await (await testApp.get("/api/schedules/nightly", ACME)).json();
  const after = await (await patch({ cron: "0 3 * * *" })).json();
  assert.deepEqual(after, { ...before, cron: "0 3 * * *", nextAt: "2026-11-23T03:00:00.000Z" });
  assert.deepEqual((await (await patch({ timeZone: "UTC" })).json()).cron, "0 3 * * *");
  assert.deepEqual((await (await patch({ target: OFTEN.target })).json()).target, OFTEN.target);
  const interval = await (await patch({ everyMs: 5_000 })).json();
  assert.deepEqual([interval.everyMs, interval.cron, interval.timeZone], [5_000, null, null]);
  const { errors } = await problemIn(await patch({ timeZone: "UTC" }), 422);
  assert.deepEqual(errors?.map(({ pointer }) => pointer), ["/timeZone"]);
  await problemIn(await patch({ name: "other" }), 422);
  await problemIn(await patch({ target: { type: "nope" } }), 422);
  await problemIn(await testApp.send("PATCH", "/api/schedules/never", { body: {}, headers: ACME }), 404);
});

Deno.test("a schedule is paused and resumed, and of a second call nothing changes", async () => {
  const testApp = setupApp();
  await made(testApp, NIGHTLY);
  const act = async (verb: string) => await (await testApp.post(`/api/schedules/nightly/${verb}`, {}, ACME)).json();
  const paused = await act("pause");
  assert.deepEqual([paused.enabled, paused.nextAt], [false, null]);
  testApp.clock.advance(86_400_000);
  assert.deepEqual(await act("pause"), paused);
  const resumed = await act("resume");
  assert.deepEqual([resumed.enabled, resumed.nextAt], [true, "2026-11-24T02:30:00.000Z"]);
  testApp.clock.advance(1_000);
  assert.deepEqual(await act("resume"), resumed);
});

Deno.test("POST /api/schedules/{name}/run sends now, and the history tells of it", async () => {
  const testApp = setupApp();
  const { post, get, clock, system } = testApp;
  await made(testApp, { ...OFTEN, enabled: false }, NIGHTLY);
  for (let second = 0; second < 3; second++) {
    assert.equal((await post("/api/schedules/often/run", {}, ACME)).status, 202);
    clock.advance(1_000);
  }
  const job = await (await post("/api/schedules/nightly/run", {}, ACME)).json();
  assert.deepEqual([job.status, job.cause, job.by, job.error], ["sent", "asked", "anonymous", null]);
  assert.equal((await get(`/api/jobs/${job.key}`, ACME)).status, 200);
  assert.deepEqual(system.told.map(({ to: { kind } }) => kind), ["counter", "counter", "counter", "greet"]);

  const first = await (await get("/api/schedules/often/ticks?limit=2", ACME)).json();
  const second = await (await get(`/api/schedules/often/ticks?limit=2&cursor=${first.nextCursor}`, ACME)).json();
  assert.deepEqual(
    [...first.items, ...second.items].map(({ instant }) => instant),
    ["2026-11-22T12:00:02.000Z", "2026-11-22T12:00:01.000Z", "2026-11-22T12:00:00.000Z"],
  );
  assert.equal(second.nextCursor, null);
  assert.deepEqual((await (await get("/api/schedules/often", ACME)).json()).last, first.items[0]);
});

Deno.test("DELETE /api/schedules/{name} takes it and its history away", async () => {
  const testApp = setupApp();
  await made(testApp, NIGHTLY);
  const remove = () => testApp.send("DELETE", "/api/schedules/nightly", { headers: ACME });
  assert.equal((await remove()).status, 204);
  await problemIn(await remove(), 404);
  await problemIn(await testApp.get("/api/schedules/nightly/ticks", ACME), 404);
});

Deno.test("POST /api/schedules/preview tells the next instants, and changes nothing", async () => {
  const { post, get } = setupApp();
  const preview = async (body: object) => await (await post("/api/schedules/preview", body, ACME)).json();
  assert.deepEqual(await preview({ cron: "0 6 * * *", count: 2 }), {
    instants: ["2026-11-23T06:00:00.000Z", "2026-11-24T06:00:00.000Z"],
  });
  assert.equal((await preview({ everyMs: 1_000 })).instants.length, 5);
  const { errors } = await problemIn(await post("/api/schedules/preview", { cron: "0 6 31 2 *" }, ACME), 422);
  assert.deepEqual(errors?.map(({ pointer }) => pointer), ["/cron"]);
  assert.deepEqual((await (await get("/api/schedules", ACME)).json()).items, []);
});

Deno.test("each of a schedule's routes answers 404 in the same bytes to one that never was and to another tenant's", async () => {
  const testApp = setupApp();
  await made(testApp, NIGHTLY);
  const routes = [
    ["GET", ""],
    ["PATCH", ""],
    ["DELETE", ""],
    ["POST", "/pause"],
    ["POST", "/resume"],
    ["POST", "/run"],
    [
      "GET",
      "/ticks",
    ],
  ] as const;
  for (const [method, verb] of routes) {
    const texts = await Promise.all(["nightly", "never"].map(async (name) => {
      const options = { headers: { "X-Tenant": "rival" }, ...(method === "PATCH" ? { body: {} } : {}) };
      const response = await testApp.send(method, `/api/schedules/${name}${verb}`, options);
      const text = await response.clone().text();
      await problemIn(response, 404);
      return text;
    }));
    assert.equal(new Set(texts).size, 1, `${method} ${verb}`);
    await problemIn(await testApp.send(method, `/api/schedules/No_Name${verb}`, { headers: ACME }), 404);
  }
});
