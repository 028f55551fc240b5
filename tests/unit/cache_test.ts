import assert from "node:assert/strict";
import { OpenAPIHono } from "@hono/zod-openapi";
import { createRoute } from "../../routes/access/create_route.ts";
import { checkedRoutes } from "../../routes/checked_openapi.ts";
import type { AppEnv } from "../../routes/env.ts";
import { createCaching } from "../../routes/middleware/cache.ts";
import type { CommitWatcher } from "../../runtime/events/publishing_store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { setupApp } from "../support/test_app.ts";

const route = createRoute({
  ...{ method: "get", path: "/things", access: "viewer", cache: { tables: "thing", maxAgeMs: 1_000 } },
  responses: { 200: { description: "It" } },
});

/** An app of one route that declares `cache`; what it answers is how often it has run, once the test lets it. */
function setup({ maxAnswers = 10 } = {}) {
  const clock = new FakeClock();
  const watchers: CommitWatcher[] = [];
  let [runs, gate] = [0, Promise.resolve()];
  const run = async (): Promise<Response> => {
    const run = ++runs;
    await gate;
    return Response.json({ run }, { headers: { "ETag": `"${run}"`, "X-Cache": "miss" } });
  };
  const base = new OpenAPIHono<AppEnv>();
  base.use(async (c, next) => {
    const tenant = c.req.header("x-tenant")!;
    c.set("tenant", tenant);
    c.set("principal", { tenant, role: "viewer", subject: "ann", expiresAt: Infinity });
    c.set("commonHeaders", { "X-Request-Id": "7" });
    await next();
  });
  const caching = createCaching({
    clock,
    bounds: { maxAnswers, maxBytes: 10_000, maxAnswerBytes: 1_000 },
    system: {
      watchRows(tables, watcher) {
        assert.equal(tables, "thing");
        watchers.push(watcher);
        return () => {};
      },
      tenants: { watch: () => () => {} } as never,
    },
  });
  const { app } = checkedRoutes(base, caching).openapi(route, run as never);
  return {
    clock,
    changed: (tenant: string | null) => watchers.forEach((watcher) => watcher(tenant)),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async get(headers: Record<string, string> = {}, tenant = "acme") {
      const answer = await app.request("/things", { headers: { "x-tenant": tenant, ...headers } });
      const run = answer.status === 304 ? null : (await answer.json()).run;
      return [answer.status, answer.headers.get("x-cache"), run];
    },
    get runs() {
      return runs;
    },
  };
}

Deno.test("S4-17 of those who miss at once one makes the answer, and all are given it", async () => {
  const rig = setup();
  const open = rig.hold();
  const asked = Array.from({ length: 20 }, () => rig.get());
  open();
  const answers = await Promise.all(asked);
  assert.equal(rig.runs, 1);
  assert.deepEqual(answers.map(([status, , run]) => [status, run]), answers.map(() => [200, 1]));
  assert.deepEqual(answers.filter(([, cache]) => cache === "miss").length, 1);
});

Deno.test("S4-17 an answer is given from memory until such rows of its tenant change, or its time is over", async () => {
  const rig = setup();
  assert.deepEqual([await rig.get(), await rig.get()], [[200, "miss", 1], [200, "hit", 1]]);
  rig.changed("zen");
  assert.deepEqual(await rig.get(), [200, "hit", 1]);
  rig.changed("acme");
  assert.deepEqual(await rig.get(), [200, "miss", 2]);
  rig.changed(null);
  assert.deepEqual(await rig.get(), [200, "miss", 3]);
  rig.clock.advance(1_000);
  assert.deepEqual(await rig.get(), [200, "miss", 4]);
  assert.deepEqual(await rig.get({ "cache-control": "no-cache" }), [200, "miss", 5]);
  assert.deepEqual(await rig.get({}, "zen"), [200, "miss", 6]);
});

Deno.test("S4-17 what was begun before a change is given to those who wait, and to nobody after it", async () => {
  const rig = setup();
  const open = rig.hold();
  const before = rig.get();
  rig.changed("acme");
  const after = rig.get();
  open();
  assert.deepEqual([await before, await after], [[200, "miss", 1], [200, "miss", 2]]);
  assert.deepEqual(await rig.get(), [200, "hit", 2]);
});

Deno.test("S4-17 who has an answer is told that it is still the same, from memory or anew", async () => {
  const rig = setup();
  assert.deepEqual(await rig.get({ "if-none-match": '"1"' }), [304, "miss", null]);
  assert.deepEqual(await rig.get({ "if-none-match": 'W/"7", "1"' }), [304, "hit", null]);
  assert.deepEqual(await rig.get({ "if-none-match": '"2"' }), [200, "hit", 1]);
});

Deno.test("S4-17 no more answers are kept than there is room for", async () => {
  const rig = setup({ maxAnswers: 2 });
  for (const tenant of ["a", "b", "c"]) await rig.get({}, tenant);
  assert.deepEqual([await rig.get({}, "c"), await rig.get({}, "b")], [[200, "hit", 3], [200, "hit", 2]]);
  assert.deepEqual(await rig.get({}, "a"), [200, "miss", 4]);
});

Deno.test("S4-17 the OpenAPI document says which answers are kept, and for how long", async () => {
  const { paths } = await (await setupApp().get("/openapi.json")).json();
  const { responses, ...operation } = paths["/api/customers/{id}"].get;
  assert.deepEqual([operation["x-cache-ms"], "cache" in operation], [60_000, false]);
  assert.deepEqual(Object.keys(responses["200"].headers), ["ETag", "X-Cache"]);
});
