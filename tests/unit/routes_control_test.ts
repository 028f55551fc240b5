import assert from "node:assert/strict";
import { z } from "zod";
import { defineActor } from "../../runtime/authoring.ts";
import type { ActorSight } from "../../runtime/store/contract.ts";
import { problemIn, setupApp, type TestApp } from "../support/test_app.ts";

const ACME = { "X-Tenant": "acme" };
const NOON = Date.parse("2026-11-22T12:00:00Z");
const PARKED = { at: NOON, reason: "21 failures within 60 s", because: null };

function show({ system }: TestApp, sight: Partial<ActorSight> = {}, tenant = "acme"): void {
  const whole: ActorSight = {
    kind: "counter",
    key: "main",
    status: "idle",
    version: 3,
    updatedAt: NOON,
    parent: null,
    restarts: [],
    parked: null,
    ...sight,
  };
  system.show(tenant, whole);
  const { kind, key, parked } = whole;
  const state = { state: {}, version: 3, updatedAt: NOON, mailboxDepth: 1, running: key === "busy", parked };
  system.setActor({ tenant, kind, key }, state);
}

Deno.test("GET /api/actors tells how each actor is", async () => {
  const testApp = setupApp();
  show(testApp, { key: "busy", status: "waiting", parent: { kind: "ledger", key: "all" } });
  show(testApp, { key: "stuck", status: "parked", version: 0, updatedAt: null, restarts: [NOON], parked: PARKED });
  show(testApp, { key: "theirs" }, "rival");
  const { items, nextCursor } = await (await testApp.get("/api/actors", ACME)).json();
  assert.equal(nextCursor, null);
  assert.deepEqual(items, [
    {
      kind: "counter",
      key: "busy",
      status: "waiting",
      running: true,
      version: 3,
      updatedAt: "2026-11-22T12:00:00.000Z",
      parent: { kind: "ledger", key: "all" },
      restarts: [],
      parked: null,
    },
    {
      kind: "counter",
      key: "stuck",
      status: "parked",
      running: false,
      version: 0,
      updatedAt: null,
      parent: null,
      restarts: ["2026-11-22T12:00:00.000Z"],
      parked: { at: "2026-11-22T12:00:00.000Z", reason: "21 failures within 60 s", because: null },
    },
  ]);
});

Deno.test("GET /api/actors filters, and pages meet every actor once", async () => {
  const testApp = setupApp();
  const names = ["a/x", "counter/a", "counter/b", "counter/b:1", "greet/a"];
  for (const name of names) {
    const [kind, key] = name.split("/") as [string, string];
    show(testApp, { kind, key, ...(key === "a" ? { status: "parked", parked: PARKED } : {}) });
  }
  const namesOf = async (query: string) => {
    const { items, nextCursor } = await (await testApp.get(`/api/actors?${query}`, ACME)).json();
    return { names: items.map(({ kind, key }: ActorSight) => `${kind}/${key}`), nextCursor };
  };
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { names: string[]; nextCursor: string | null } = await namesOf(
      `limit=2${cursor && `&cursor=${cursor}`}`,
    );
    seen.push(...page.names);
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen, names);
  const { nextCursor } = await namesOf("limit=2");
  await problemIn(await testApp.get(`/api/actors?kind=greet&cursor=${nextCursor}`, ACME), 400);
  assert.deepEqual((await namesOf("status=parked")).names, ["counter/a", "greet/a"]);
  assert.deepEqual((await namesOf("status=parked&kind=greet")).names, ["greet/a"]);
});

Deno.test("GET /api/actors answers 422 to a query it does not understand and 400 to another list's cursor", async () => {
  const { get, submit } = setupApp();
  for (const query of ["status=dead", "status=parked,idle", "limit=0", "kind=No", "key=main", "a[]=1"]) {
    const { errors } = await problemIn(await get(`/api/actors?${query}`), 422);
    assert.equal(errors?.length, 1, query);
  }
  await submit();
  await submit();
  const { nextCursor } = await (await get("/api/jobs?limit=1")).json();
  for (const cursor of ["x", "%F0", "AAAA", nextCursor]) {
    await problemIn(await get(`/api/actors?cursor=${cursor}`), 400);
  }
});

Deno.test("POST /api/actors/{kind}/{key}/resume lets a parked actor go on, once", async () => {
  const testApp = setupApp();
  show(testApp, { status: "parked", parked: PARKED });
  const resume = () => testApp.post("/api/actors/counter/main/resume", undefined, ACME);
  const [first, second] = await Promise.all([resume(), resume()]);
  assert.equal(first.status, 204);
  await problemIn(second, 409);
  assert.equal(testApp.system.told.length, 0);
});

Deno.test("POST /api/actors/{kind}/{key}/resume answers 404 in the same bytes to what there is not", async () => {
  const testApp = setupApp();
  show(testApp, { status: "parked", parked: PARKED });
  const paths = ["counter/main", "counter/never", "nope/main"];
  const texts = await Promise.all(paths.map(async (path) => {
    const response = await testApp.post(`/api/actors/${path}/resume`, undefined, { "X-Tenant": "rival" });
    const text = await response.clone().text();
    await problemIn(response, 404);
    return text;
  }));
  assert.equal(new Set(texts).size, 1);
  await problemIn(await testApp.post("/api/actors/counter/a%20b/resume"), 404);
});

for (const verb of ["cancel", "pause", "resume", "retry"]) {
  Deno.test(`defineActor() refuses a message named ${verb}, which is what people do to actors`, () => {
    const declare = () =>
      defineActor({
        kind: "player",
        state: z.object({}),
        initial: {},
        messages: { [verb]: z.object({}) },
        on: { [verb]: () => {} },
      });
    assert.throws(declare, new RegExp(`player names a message ${verb}`));
  });
}

Deno.test("GET /api/kinds lists the registry, and of job types what their results can be read as", async () => {
  const { get } = setupApp();
  const { items } = await (await get("/api/kinds")).json();
  assert.deepEqual(items.map(({ name, isJob }: { name: string; isJob: boolean }) => [name, isJob]), [
    ["greet", true],
    ["counter", false],
    ["import", true],
  ]);
  const [greet, counter, imports] = items;
  assert.deepEqual([greet.paused, counter.formats], [null, []]);
  assert.deepEqual(greet.formats.map(({ name }: { name: string }) => name), ["json", "csv", "html"]);
  assert.deepEqual(imports.formats[1], {
    name: "csv",
    title: "Rejects as CSV",
    contentType: "text/csv; charset=utf-8; header=present",
  });
});

Deno.test("POST /api/kinds/{kind}/pause and /resume are for one tenant, and a second call changes nothing", async () => {
  const { get, post, clock } = setupApp();
  const act = async (verb: string) => await (await post(`/api/kinds/greet/${verb}`, undefined, ACME)).json();
  const paused = { by: "anonymous", at: "2026-11-22T12:00:00.000Z" };
  assert.deepEqual((await act("pause")).paused, paused);
  clock.advance(1_000);
  assert.deepEqual((await act("pause")).paused, paused);
  const pausedOf = async (headers = {}) =>
    (await (await get("/api/kinds", headers)).json()).items.map(({ paused }: { paused: unknown }) => paused);
  assert.deepEqual(await pausedOf(ACME), [paused, null, null]);
  assert.deepEqual(await pausedOf(), [null, null, null]);
  assert.equal((await act("resume")).paused, null);
  assert.equal((await act("resume")).paused, null);
  assert.deepEqual(await pausedOf(ACME), [null, null, null]);
});

Deno.test("POST /api/kinds/{kind}/pause answers 404 to a kind that there is not", async () => {
  const { post } = setupApp();
  for (const kind of ["nope", "__proto__", "No", "%00"]) {
    for (const verb of ["pause", "resume"]) await problemIn(await post(`/api/kinds/${kind}/${verb}`), 404);
  }
});

Deno.test("a queued job says that its type is paused, from its submission on", async () => {
  const { get, post, submit, system } = setupApp();
  await post("/api/kinds/greet/pause");
  const { id, paused } = await (await post("/api/jobs", { type: "greet", payload: { name: "Ada" } })).json();
  assert.equal(paused, true);
  const theirs = await submit({}, ACME);
  const pausedIn = async (path: string, headers = {}) => (await (await get(path, headers)).json()).paused;
  assert.equal(await pausedIn(`/api/jobs/${id}`), true);
  assert.equal((await (await get("/api/jobs")).json()).items[0].paused, true);
  assert.equal(await pausedIn(`/api/jobs/${theirs}`, ACME), false);
  system.change(id, { status: "running" });
  assert.equal(await pausedIn(`/api/jobs/${id}`), false);
});
