import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { every, sleep } from "../../runtime/core/clock.ts";
import { createIds } from "../../runtime/core/ids.ts";
import { toJson } from "../../runtime/core/json.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("sleep() resolves after its time and leaves no timer", async () => {
  const clock = new FakeClock();
  const slept = sleep(clock, 100);
  clock.advance(99);
  assert.equal(clock.armed, 1);
  clock.advance(1);
  await slept;
  assert.equal(clock.armed, 0);
});

Deno.test("sleep() rejects with the signal's reason, before and while it sleeps, and leaves no timer", async () => {
  const clock = new FakeClock();
  const leaving = new AbortController();
  const slept = sleep(clock, 100, leaving.signal);
  leaving.abort("enough");
  await assert.rejects(slept, (reason) => reason === "enough");
  await assert.rejects(sleep(clock, 100, leaving.signal), (reason) => reason === "enough");
  assert.equal(clock.armed, 0);
});

Deno.test("every() calls once a period until it is cancelled, also from within the call", () => {
  const clock = new FakeClock();
  const ticks: number[] = [];
  const cancel = every(clock, 10, () => {
    ticks.push(clock.now());
    if (ticks.length === 3) cancel();
  });
  clock.advance(100);
  assert.deepEqual([ticks, clock.armed], [[10, 20, 30], 0]);
});

Deno.test("every() goes on after a call that throws", () => {
  const clock = new FakeClock();
  let ticks = 0;
  const cancel = every(clock, 10, () => {
    if (++ticks === 1) throw new Error("no");
  });
  assert.throws(() => clock.advance(10));
  clock.advance(10);
  cancel();
  assert.deepEqual([ticks, clock.armed], [2, 0]);
});

Deno.test("createIds() makes ids that are ordered by time and by call, also when the clock goes back", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -50, max: 50 })), fc.integer(), (steps, seed) => {
    let now = 1_000_000;
    const createId = createIds(
      { ...new FakeClock(), now: () => now, monotonic: () => 0, after: () => () => {} },
      seededRandom(seed),
    );
    const ids = [0, ...steps].map((step) => {
      now += step;
      return createId();
    });
    assert.deepEqual(ids, ids.toSorted());
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id)));
  }));
});

Deno.test("createIds() keeps the order when the lower half of the random part is full", () => {
  const halves = [0, 1 - 2 ** -53];
  const createId = createIds(new FakeClock(1), { next: () => halves.shift()! });
  assert.deepEqual([createId(), createId()].map((id) => id.slice(10)), ["00000000ZZZZZZZZ", "0000000100000000"]);
});

Deno.test("seededRandom() gives the same numbers for the same seed, spread over [0, 1)", () => {
  const take = (seed: number, count: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () => random.next());
  };
  assert.deepEqual(take(7, 20), take(7, 20));
  assert.notDeepEqual(take(7, 20), take(8, 20));
  const numbers = take(1, 10_000);
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  const mean = numbers.reduce((sum, number) => sum + number) / numbers.length;
  assert.ok(Math.abs(mean - 0.5) < 0.02, `the mean is ${mean}`);
});

Deno.test("toJson() refuses what is no JSON, and what is longer than allowed", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  assert.equal(toJson(undefined, { what: "It", limitBytes: 10 }), "null");
  for (const value of [1n, cycle]) {
    assert.throws(() => toJson(value, { what: "It", limitBytes: 10 }), { code: "unserializable" });
  }
  assert.throws(() => toJson("x".repeat(9), { what: "It", limitBytes: 10 }), { code: "too-large" });
});
