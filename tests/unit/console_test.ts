import assert from "node:assert/strict";
import { supervisionTree } from "../../routes/console/actor_tree.ts";
import { pathOf } from "../../routes/console/ask.ts";
import { quantile, slotOf } from "../../routes/console/log_histogram.ts";
import { createRecentTurns, POINT_SECONDS } from "../../routes/console/recent_turns.ts";
import { duration, fromNow, shortId } from "../../routes/console/wording.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { setupApp, START } from "../support/test_app.ts";

const turn = { key: "k", messageId: "m", attempt: 1 };

function setup() {
  const clock = new FakeClock(START);
  const diagnostics = createDiagnostics();
  const turns = createRecentTurns({ diagnostics, clock });
  const commit = (tenant: string, kind: string, durationMs = 10) =>
    diagnostics.tell({ event: "turn.committed", tenant, kind, ...turn, durationMs, waitedMs: 1 });
  return { clock, diagnostics, turns, commit };
}

Deno.test("RecentTurns counts what turns came to by tenant and kind, in slots of five seconds", async () => {
  const { clock, diagnostics, turns, commit } = setup();
  for (let times = 0; times < 3; times++) commit("acme", "import");
  commit("acme", "email");
  commit("beta", "import");
  diagnostics.tell({ event: "message.accepted", tenant: "acme", kind: "import", key: "k" });
  diagnostics.tell({
    event: "turn.retried",
    tenant: "acme",
    kind: "import",
    ...turn,
    delayMs: 1,
    code: "timed-out",
    error: "",
  });
  assert.equal(turns.points("acme").at(-1)!.committed, 0, "the slot that has not ended is left out");
  await clock.advance(POINT_SECONDS * 1_000);
  const { at, accepted, committed, retried, deadLettered } = turns.points("acme").at(-1)!;
  assert.deepEqual({ at, accepted, committed, retried, deadLettered }, {
    at: START,
    accepted: 1,
    committed: 4,
    retried: 1,
    deadLettered: 0,
  });
  assert.equal(turns.points(null).at(-1)!.committed, 5);
  assert.equal(turns.points("nobody").at(-1)!.committed, 0);
  assert.deepEqual(turns.doneByKind("acme"), [{ name: "import", done: 3 }, { name: "email", done: 1 }]);
  assert.deepEqual(turns.tenants(), ["acme", "beta"]);
  await clock.advance(20 * 60_000);
  assert.deepEqual(turns.points(null).map(({ committed }) => committed).filter((count) => count > 0), []);
  assert.deepEqual(turns.tenants(), []);
});

Deno.test("RecentTurns begins a slot anew where an older one lay", async () => {
  const { clock, turns, commit } = setup();
  for (let times = 0; times < 5; times++) {
    commit("acme", "import");
    await clock.advance(121 * POINT_SECONDS * 1_000);
  }
  commit("acme", "import");
  await clock.advance(POINT_SECONDS * 1_000);
  assert.deepEqual(turns.points("acme").map(({ committed }) => committed).filter((count) => count > 0), [1]);
});

Deno.test("RecentTurns holds no more lanes than it may, and loses no turn of the whole", async () => {
  const { clock, turns, commit } = setup();
  for (let tenant = 0; tenant < 1_000; tenant++) commit(`t${tenant}`, "import");
  await clock.advance(POINT_SECONDS * 1_000);
  assert.equal(turns.tenants().length, 256);
  assert.equal(turns.points(null).at(-1)!.committed, 1_000);
});

Deno.test("quantile() is within half of what was measured", () => {
  for (const ms of [0.2, 1, 7, 80, 1_234, 60_000]) {
    const counts = new Uint32Array(31);
    for (let times = 0; times < 100; times++) counts[slotOf(ms)]!++;
    const median = quantile(counts, 0.5)!;
    assert.ok(median >= ms / 1.5 - 1 && median <= ms * 1.5 + 1, `${ms}: ${median}`);
  }
  assert.equal(quantile(new Uint32Array(31), 0.5), null);
});

Deno.test("supervisionTree() puts each actor below its supervisor, and orphans where they stand", () => {
  const sight = (key: string, parent: string | null) => ({
    kind: "a",
    key,
    status: "idle" as const,
    running: false,
    version: 1,
    updatedAt: null,
    parent: parent === null ? null : { kind: "a", key: parent },
    restarts: [],
    parked: null,
  });
  const tree = supervisionTree([
    sight("child", "root"),
    sight("grandchild", "child"),
    sight("lost", "gone"),
    sight("root", null),
  ]);
  assert.deepEqual(tree.map(({ sight: { key }, depth }) => `${key} ${depth}`), [
    "lost 0",
    "root 0",
    "child 1",
    "grandchild 2",
  ]);
});

Deno.test("supervisionTree() shows actors that supervise each other", () => {
  const sight = (key: string, parent: string) => ({
    kind: "a",
    key,
    status: "idle" as const,
    running: false,
    version: 1,
    updatedAt: null,
    parent: { kind: "a", key: parent },
    restarts: [],
    parked: null,
  });
  assert.equal(supervisionTree([sight("one", "two"), sight("two", "one")]).length, 2);
});

Deno.test("the console says times and ids as people do", () => {
  assert.deepEqual([fromNow(0, 90_000), fromNow(7_200_000, 0), fromNow(5, 5)], ["1 min ago", "in 2 h", "now"]);
  assert.deepEqual([0.4, 12.3, 2_400, 200_000, 18_120_000].map(duration), [
    "< 1 ms",
    "12 ms",
    "2.4 s",
    "3 min 20 s",
    "5 h 2 min",
  ]);
  assert.equal(shortId("01JD9ZK5T3M6X8QV2N4B7C1RSW"), "…4B7C1RSW");
});

Deno.test("pathOf() fills a route's path, escaped, and leaves out what is not given", () => {
  assert.equal(
    pathOf({ path: "/api/actors/{kind}/{key}" }, {
      params: { kind: "a", key: "b/c?" },
      query: { x: "1", y: undefined, z: "" },
    }),
    "/api/actors/a/b%2Fc%3F?x=1",
  );
  assert.throws(() => pathOf({ path: "/api/jobs/{id}" }), { message: "The path /api/jobs/{id} needs id" });
});

Deno.test("a page of the console shows what is data as text, whatever it says", async () => {
  const { system, get } = setupApp();
  const evil = '"><script>alert(1)</script>';
  system.show("demo", {
    kind: "counter",
    key: "main",
    status: "parked",
    version: 1,
    updatedAt: START,
    parent: null,
    restarts: [],
    parked: { at: START, reason: evil, because: null },
  });
  const html = await (await get("/console/actors")).text();
  assert.ok(html.includes("&quot;&gt;&lt;script&gt;alert(1)"));
  assert.ok(!html.includes("<script>alert"));
  const asked = await (await get(`/console/audit?by=${encodeURIComponent(evil)}`)).text();
  assert.ok(!asked.includes("<script>alert"));
});

Deno.test("a page of the console that cannot be made says why, to people and to programs", async () => {
  const { get } = setupApp();
  const none = await get("/console/actors/counter/nobody", { accept: "text/html" });
  assert.equal(none.status, 404);
  assert.match(await none.text(), /There is no such actor|Not here/);
  const bad = await get("/console/jobs?status=burnt", { accept: "text/html" });
  assert.equal(bad.status, 422);
  assert.match(await bad.text(), /Not understood/);
});

Deno.test("an unknown address below the console is a page to people, with the way on, and a problem to programs", async () => {
  const { get } = setupApp();
  for (
    const path of ["/console/unknown", "/console/unknown/deeply/below", "/console/jobs/some/thing", "/console/jobs/"]
  ) {
    const page = await get(path, { accept: "text/html" });
    assert.equal(page.status, 404, path);
    assert.match(page.headers.get("content-type")!, /^text\/html/);
    const html = await page.text();
    assert.ok(html.includes("There is nothing at this address") && html.includes('href="/console/jobs"'), path);
    const problem = await get(path);
    assert.equal(problem.headers.get("content-type"), "application/problem+json");
    assert.deepEqual([problem.status, (await problem.json()).status], [404, 404], path);
  }
});

Deno.test("a page of the console is one request to who counts them, however much it reads", async () => {
  const { get } = setupApp({ perMinute: { tenant: 3 } });
  const statuses = [];
  for (let time = 0; time < 4; time++) {
    const response = await get("/console/jobs");
    statuses.push(response.status);
    await response.body?.cancel();
  }
  assert.deepEqual(statuses, [200, 200, 200, 429]);
});
