import assert from "node:assert/strict";
import type { RateLimit } from "../../runtime/actor/upstream.ts";
import { Limiter } from "../../runtime/upstream/limiter.ts";
import { formatBook } from "../../runtime/upstream/limits.ts";
import { turnOfLoop } from "../support/activation_rig.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { createLimitMemory, type LimitMemory } from "../support/limit_memory.ts";

const THREE: RateLimit = { kind: "sliding-window", limit: 3, windowMs: 1_000 };
const NEVER = new AbortController().signal;

function rig(rate: RateLimit | null, { store = createLimitMemory(), clock = new FakeClock(1_000_000) } = {}) {
  const limiter = new Limiter({ key: "scan-api", name: "scan-api", rate, store, clock });
  const told: string[] = [];
  const admit = async (name: string, waitMs = 60_000, signal = NEVER) => {
    try {
      const permit = await limiter.admit(clock.now() + waitMs, signal);
      told.push(name);
      return permit;
    } catch (thrown) {
      const { code, retryAfterMs } = thrown as { code: string; retryAfterMs: number };
      told.push(`${name} ${code} ${retryAfterMs}`);
      return { end() {} };
    }
  };
  return { limiter, store, clock, told, admit };
}

Deno.test("Limiter admits what waits at the same time by one commit, in the order in which it came", async () => {
  const { store, told, admit } = rig(THREE);
  await Promise.all(["a", "b", "c"].map((name) => admit(name)));
  assert.deepEqual([told, store.writes], [["a", "b", "c"], 1]);
});

Deno.test("S1-27 Limiter lets those wait who can, and tells the others at once when to come back", async () => {
  const { store, clock, told, admit, limiter } = rig(THREE);
  const permits = await Promise.all(["a", "b", "c"].map((name) => admit(name)));
  for (const permit of permits) permit.end();
  void admit("patient");
  void admit("hurried", 999);
  await turnOfLoop();
  assert.deepEqual(told.slice(3), ["hurried upstream-limited 1000"]);
  clock.advance(999);
  await turnOfLoop();
  assert.equal(told.length, 4);
  clock.advance(1);
  await turnOfLoop();
  assert.deepEqual(told.slice(4), ["patient"]);
  assert.deepEqual([store.writes, clock.armed, limiter.remaining], [2, 0, 2]);
});

Deno.test("Limiter counts a request that is not answered yet as if it had only now reached the other side", async () => {
  const { clock, told, admit } = rig(THREE);
  const [slow] = await Promise.all(["a", "b", "c"].map((name) => admit(name)));
  clock.advance(5_000);
  for (const name of ["d", "e", "f"]) void admit(name);
  await turnOfLoop();
  assert.deepEqual(told.slice(3), []);
  slow!.end();
  clock.advance(999);
  await turnOfLoop();
  assert.deepEqual(told.slice(3), []);
  clock.advance(1);
  await turnOfLoop();
  assert.deepEqual(told.slice(3), ["d"]);
});

Deno.test("Limiter goes on from what is stored, in another life and on another node", async () => {
  const clock = new FakeClock(1_000_000);
  const store = createLimitMemory({ isShared: true });
  const [one, two] = [rig(THREE, { store, clock }), rig(THREE, { store, clock })];
  await Promise.all([one.admit("a"), two.admit("b"), one.admit("c"), two.admit("d", 100)]);
  assert.deepEqual([...one.told, ...two.told].filter((told) => !told.includes(" ")).length, 3);
  assert.equal([...one.told, ...two.told].filter((told) => told.includes("upstream-limited")).length, 1);
  const third = rig(THREE, { store, clock });
  await third.admit("e", 100);
  assert.match(third.told[0]!, /^e upstream-limited/);
});

Deno.test("S1-27 Limiter tells other nodes of a request that is late, before one of theirs takes its place (P20)", async () => {
  const clock = new FakeClock(1_000_000);
  const store = createLimitMemory({ isShared: true });
  const [one, two] = [rig(THREE, { store, clock }), rig(THREE, { store, clock })];
  const late = await one.admit("late");
  // It may reach the other side only now: two others are to have left the window after it.
  for (let passed = 0; passed < 1_200; passed += 100) {
    clock.advance(100);
    await turnOfLoop();
  }
  const permits = await Promise.all(["a", "b", "c"].map((name) => two.admit(name, 500)));
  assert.deepEqual(two.told.map((told) => told.split(" ").slice(0, 2).join(" ")), ["a", "b", "c upstream-limited"]);
  for (const permit of [late, ...permits]) permit.end();
  await turnOfLoop();
  assert.deepEqual([clock.armed, one.limiter.isIdle, two.limiter.isIdle], [0, true, true]);
});

Deno.test("S1-27 Limiter writes at once that an answer came late, where other nodes count with it (P20)", async () => {
  const clock = new FakeClock(1_000_000);
  const store = createLimitMemory({ isShared: true });
  const { admit, limiter } = rig(THREE, { store, clock });
  const late = await admit("late");
  const reached = () => JSON.parse(store.rows.get("scan-api")!.state).reached;
  assert.deepEqual(reached(), [1_000_200]);
  store.beforeWrite = () => {
    throw Object.assign(new Error("no"), { code: "storage-unavailable", retryAfterMs: 0 });
  };
  clock.advance(450);
  await turnOfLoop();
  // It is tried again.
  clock.advance(200);
  await turnOfLoop();
  assert.deepEqual(reached(), [1_000_650 + 200]);
  late.end();
  await turnOfLoop();
  assert.deepEqual([reached(), clock.armed, limiter.isIdle], [[1_000_850], 0, true]);
});

Deno.test("S1-27 Limiter admits nobody before a wait that was asked for is over, in later lives too, and commits nothing else without a rate", async () => {
  const { store, clock, told, admit, limiter } = rig(null);
  await admit("a");
  assert.deepEqual([store.writes, store.reads], [0, 1]);
  await admit("b");
  assert.deepEqual([store.writes, store.reads], [0, 1]);
  await limiter.hold(clock.now() + 3_406_000);
  assert.equal(store.writes, 1);
  await admit("c", 60_000);
  const later = rig(null, { store, clock });
  await later.admit("d", 60_000);
  assert.deepEqual([told.at(-1), later.told], ["c upstream-limited 3406000", ["d upstream-limited 3406000"]]);
  clock.advance(3_405_999);
  await admit("e", 0);
  assert.equal(told.at(-1), "e upstream-limited 1");
  clock.advance(1);
  await admit("f", 0);
  assert.equal(told.at(-1), "f");
  assert.equal(store.writes, 1);
});

Deno.test("Limiter obeys what another node was asked, before its next request", async () => {
  const clock = new FakeClock(1_000_000);
  const store = createLimitMemory({ isShared: true });
  for (const rate of [null, THREE]) {
    const [one, two] = [rig(rate, { store, clock }), rig(rate, { store, clock })];
    await two.admit("before");
    await one.limiter.hold(clock.now() + 5_000);
    await two.admit("after", 100);
    assert.deepEqual(two.told, ["before", "after upstream-limited 5000"]);
    clock.advance(10_000);
  }
});

Deno.test("Limiter looks again before it goes on from what may have been removed meanwhile, and begun anew", async () => {
  const clock = new FakeClock(1_000_000);
  const [old, anew] = [createLimitMemory({ isShared: true }), createLimitMemory({ isShared: true })];
  const store: LimitMemory = { ...old, read: old.read, write: old.write };
  const one = rig(THREE, { store, clock });
  await one.admit("a");
  clock.advance(86_400_000);
  Object.assign(store, { read: anew.read, write: anew.write });
  const two = rig(THREE, { store: anew, clock });
  await Promise.all(["b", "c", "d"].map((name) => two.admit(name)));
  await one.admit("e", 100);
  assert.match(one.told.at(-1)!, /^e upstream-limited/);
});

Deno.test("Limiter admits nobody for a commit that took so long that the other side would count it later", async () => {
  const { store, clock, told, admit } = rig(THREE);
  store.beforeWrite = () => clock.advance(300);
  await admit("a");
  assert.deepEqual([told, store.writes], [["a"], 2]);
  assert.equal(JSON.parse(store.rows.get("scan-api")!.state).reached.length, 2);
});

Deno.test("Limiter admits nobody whose commit was overtaken by a wait that was asked for", async () => {
  const { store, clock, told, admit, limiter } = rig(THREE);
  let holding: Promise<void> | undefined;
  store.beforeWrite = () => void (holding = limiter.hold(clock.now() + 9_000));
  await admit("a", 100);
  await holding;
  assert.deepEqual(told, ["a upstream-limited 9000"]);
});

Deno.test("Limiter fails those who wait when the store does, and asks it anew for the next", async () => {
  const { store, told, admit } = rig(THREE);
  store.beforeWrite = () => {
    throw Object.assign(new Error("no"), { code: "storage-unavailable", retryAfterMs: 0 });
  };
  await admit("a");
  await admit("b");
  assert.deepEqual(told, ["a storage-unavailable 0", "b"]);
});

Deno.test("Limiter forgets who does not wait any more, and leaves no timer", async () => {
  const { clock, told, admit, limiter } = rig({ ...THREE, limit: 1, windowMs: 3_600_000 });
  const first = await admit("a");
  first.end();
  const gone = new AbortController();
  const waiting = admit("b", 7_200_000, gone.signal);
  await turnOfLoop();
  assert.equal(clock.armed, 1);
  gone.abort(Object.assign(new Error("no"), { code: "cancelled", retryAfterMs: 0 }));
  await waiting;
  await turnOfLoop();
  assert.deepEqual([told.at(-1), clock.armed, limiter.isIdle], ["b cancelled 0", 0, true]);
});

Deno.test("Limiter of a token bucket admits as its tokens come back", async () => {
  const { clock, told, admit } = rig({ kind: "token-bucket", limit: 2, windowMs: 1_000 });
  for (const name of ["a", "b", "c", "d"]) void admit(name);
  await turnOfLoop();
  assert.deepEqual(told, ["a", "b"]);
  clock.advance(500);
  await turnOfLoop();
  assert.deepEqual(told, ["a", "b", "c"]);
  clock.advance(499);
  await turnOfLoop();
  assert.equal(told.length, 3);
  clock.advance(1);
  await turnOfLoop();
  assert.deepEqual(told, ["a", "b", "c", "d"]);
});

Deno.test("Limiter reads what an older program wrote, where it lacks something", async () => {
  const store: LimitMemory = createLimitMemory();
  await store.write("scan-api", { state: '{"waitUntil":1005000}', version: 1, idleAt: 0 });
  const { told, admit } = rig(THREE, { store });
  await admit("a", 100);
  assert.deepEqual(told, ["a upstream-limited 5000"]);
  assert.ok(formatBook({ waitUntil: 1, fullAt: 0, reached: [] }).includes('"waitUntil":1'));
});
