import assert from "node:assert/strict";
import { type Breaker, createBreaker } from "../../runtime/upstream/breaker.ts";
import { createRecentRequests } from "../../runtime/upstream/recent_requests.ts";
import { FakeClock } from "../support/fake_clock.ts";

const POLICY = { failureRatio: 0.5, windowMs: 30_000, minimumCalls: 10, openMs: 30_000 };

function rig(policy = POLICY) {
  const clock = new FakeClock(1_000_000);
  const recent = createRecentRequests(policy.windowMs, () => clock.monotonic());
  const changes: Breaker["state"][] = [];
  const breaker = createBreaker({ policy, clock, recent, changed: (state) => void changes.push(state) });
  const call = async (end: "ok" | "failed" | "cancelled") => {
    const judged = await breaker.run(() => {
      if (end === "cancelled") return Promise.reject(new Error("cancelled"));
      recent.count({ failed: end === "failed", durationMs: 10 });
      return Promise.resolve(end);
    }, (result) => result === "failed");
    assert.equal(judged, end);
  };
  const calls = async (times: number, end: "ok" | "failed") => {
    for (let each = 0; each < times; each++) await call(end);
  };
  return { clock, recent, changes, breaker, call, calls };
}

Deno.test("S1-27 a breaker opens when half of at least ten requests within its window failed, and not before", async () => {
  const { breaker, calls, changes } = rig();
  await calls(5, "ok");
  await calls(4, "failed");
  assert.deepEqual([breaker.state, breaker.refusedForMs(), breaker.openUntil], ["closed", null, null]);
  await calls(1, "failed");
  assert.deepEqual([breaker.state, breaker.refusedForMs(), breaker.openUntil], ["open", 30_000, 1_030_000]);
  assert.deepEqual(changes, ["open"]);
});

Deno.test("a breaker stays closed while fewer failed, or there were fewer requests", async () => {
  const { breaker, calls, clock } = rig();
  await calls(9, "failed");
  assert.equal(breaker.state, "closed");
  clock.advance(33_000);
  await calls(10, "ok");
  await calls(9, "failed");
  assert.equal(breaker.state, "closed");
});

Deno.test("a breaker forgets what was before its window, however few requests there are", async () => {
  const { breaker, call, clock } = rig();
  for (let each = 0; each < 40; each++) {
    await call("failed");
    clock.advance(5_000);
  }
  assert.equal(breaker.state, "closed");
});

Deno.test("S1-27 an open breaker lets one probe through when its time is over, and closes with it", async () => {
  const { breaker, calls, clock, changes } = rig();
  await calls(10, "failed");
  clock.advance(29_999);
  assert.equal(breaker.refusedForMs(), 1);
  clock.advance(1);
  assert.equal(breaker.refusedForMs(), null);
  const { promise, resolve } = Promise.withResolvers<string>();
  const probe = breaker.run(() => promise, () => false);
  assert.deepEqual([breaker.state, breaker.refusedForMs()], ["half-open", 1_000]);
  resolve("ok");
  await probe;
  assert.deepEqual([breaker.state, breaker.refusedForMs()], ["closed", null]);
  await calls(9, "failed");
  assert.equal(breaker.state, "closed");
  assert.deepEqual(changes, ["open", "half-open", "closed"]);
});

for (const end of ["failed", "cancelled"] as const) {
  Deno.test(`a breaker stays open for its whole time again when its probe is ${end}`, async () => {
    const { breaker, call, calls, clock } = rig();
    await calls(10, "failed");
    clock.advance(30_000);
    await call(end).catch((thrown) => assert.equal(thrown.message, "cancelled"));
    assert.deepEqual([breaker.state, breaker.refusedForMs()], ["open", 30_000]);
    clock.advance(30_000);
    await call("ok");
    assert.equal(breaker.state, "closed");
  });
}

Deno.test("a breaker takes no side when a request was cancelled", async () => {
  const { breaker, call, recent } = rig();
  for (let each = 0; each < 20; each++) await assert.rejects(call("cancelled"), /cancelled/);
  assert.deepEqual([breaker.state, recent.sum().calls], ["closed", 0]);
});

Deno.test("a breaker that opens at every failure can be had", async () => {
  const { breaker, call } = rig({ ...POLICY, failureRatio: 1, minimumCalls: 1 });
  await call("ok");
  await call("failed");
  assert.equal(breaker.state, "closed");
  const strict = rig({ ...POLICY, failureRatio: 1, minimumCalls: 1 });
  await strict.call("failed");
  assert.equal(strict.breaker.state, "open");
});

Deno.test("createRecentRequests() counts what ended within the window, in tenths", () => {
  const { clock, recent } = rig();
  recent.count({ failed: true, durationMs: 30 });
  clock.advance(15_000);
  recent.count({ failed: false, durationMs: 10 });
  assert.deepEqual(recent.sum(), { calls: 2, failures: 1, durationMs: 40 });
  clock.advance(15_000);
  assert.deepEqual(recent.sum(), { calls: 1, failures: 0, durationMs: 10 });
  clock.advance(100_000);
  assert.deepEqual(recent.sum(), { calls: 0, failures: 0, durationMs: 0 });
});
