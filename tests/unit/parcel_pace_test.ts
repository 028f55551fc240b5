import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { idleWaitMs, retryWaitMs, sharedWaitMs, smoothedRate } from "../../actors/parcel_stream/pace.ts";

const random = (value: number) => ({ next: () => value });

Deno.test("idleWaitMs() grows from an eighth of the interval to the interval, and is jittered", () => {
  const waits = [0, 1, 2, 3, 4, 10].map((idle) => idleWaitMs({ pollIntervalMs: 8_000, idle, random: random(0) }));
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  assert.equal(idleWaitMs({ pollIntervalMs: 8_000, idle: 5, random: random(0.999) }), 6_402);
  fc.assert(
    fc.property(fc.nat(3_600_000), fc.nat(10), fc.double({ min: 0, max: 0.999, noNaN: true }), (ms, idle, at) => {
      const wait = idleWaitMs({ pollIntervalMs: ms, idle, random: random(at) });
      assert.ok(wait <= ms && wait >= Math.min(ms, 1) * 0.8 * Math.min(ms, ms / 8 * 2 ** idle));
    }),
  );
});

Deno.test("retryWaitMs() doubles with each failure up to a minute, and waits as long as the source has asked for", () => {
  const wait = (failures: number, at = 0, retryAfterMs = 0) =>
    retryWaitMs({ pollIntervalMs: 30_000, failures, retryAfterMs, random: random(at) });
  assert.deepEqual([1, 2, 3, 7, 50].map((failures) => wait(failures)), [1_000, 2_000, 4_000, 60_000, 60_000]);
  assert.equal(wait(3, 0.999), 2_002);
  assert.equal(wait(1, 0, 90_000), 90_000);
  assert.equal(retryWaitMs({ pollIntervalMs: 40, failures: 1, retryAfterMs: 0, random: random(0) }), 40);
});

Deno.test("smoothedRate() comes to what is steady and goes when nothing comes", () => {
  let rate = 0;
  for (let page = 0; page < 400; page++) rate = smoothedRate(rate, { count: 1_000, elapsedMs: 100 });
  assert.ok(Math.abs(rate - 10_000) < 400, `${rate}`);
  for (let poll = 0; poll < 10; poll++) rate = smoothedRate(rate, { count: 0, elapsedMs: 30_000 });
  assert.equal(rate, 0);
  assert.ok(smoothedRate(0, { count: 1_000, elapsedMs: 0 }) <= 101);
});

Deno.test("sharedWaitMs() ends long waits with a whole second, up to a second sooner, and leaves short ones as they are", () => {
  assert.deepEqual([100, 9_999].map((ms) => sharedWaitMs(ms, { now: 1_234 })), [100, 9_999]);
  assert.deepEqual([10_000, 29_766, 30_000].map((ms) => sharedWaitMs(ms, { now: 1_234 })), [9_766, 29_766, 29_766]);
});
