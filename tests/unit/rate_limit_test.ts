import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { createRateLimit } from "../../routes/limits/rate_limit.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setup({ quota = 3, windowMs = 60_000, capacity = 100 } = {}) {
  const clock = new FakeClock();
  return { clock, limit: createRateLimit({ quota, windowMs, clock, capacity }) };
}

Deno.test("createRateLimit() gives a whole quota at once, and then one for each part of the window", () => {
  const { clock, limit } = setup();
  const taken = [1, 2, 3, 4].map(() => limit.take("a"));
  assert.deepEqual(taken, [
    { waitMs: 0, remaining: 2, wholeInMs: 20_000 },
    { waitMs: 0, remaining: 1, wholeInMs: 40_000 },
    { waitMs: 0, remaining: 0, wholeInMs: 60_000 },
    { waitMs: 20_000, remaining: 0, wholeInMs: 60_000 },
  ]);
  clock.advance(19_999);
  assert.equal(limit.take("a").waitMs, 1);
  clock.advance(1);
  assert.equal(limit.take("a").waitMs, 0);
  assert.equal(limit.take("a").waitMs, 20_000);
  clock.advance(60_000);
  assert.equal(limit.take("a").remaining, 2);
});

Deno.test("createRateLimit() gives nobody more than a quota and what has come back, and refuses nothing that is left", () => {
  const step = fc.record({ key: fc.constantFrom("a", "b", "c"), afterMs: fc.nat(5_000), looks: fc.boolean() });
  fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), fc.array(step, { maxLength: 200 }), (quota, steps) => {
    const windowMs = 10_000;
    const { clock, limit } = setup({ quota, windowMs });
    const left = new Map<string, { tokens: number; at: number }>();
    for (const { key, afterMs, looks } of steps) {
      clock.advance(afterMs);
      const bucket = left.get(key) ?? { tokens: quota, at: 0 };
      const tokens = Math.min(quota, bucket.tokens + (clock.monotonic() - bucket.at) * quota / windowMs);
      const granted = tokens >= 1 - 1e-6;
      if (looks) assert.equal(limit.look(key).waitMs === 0, granted);
      const { waitMs, remaining } = limit.take(key);
      assert.equal(waitMs === 0, granted);
      if (granted) assert.equal(remaining, Math.floor(tokens - 1 + 1e-6));
      else assert.ok(Math.abs(waitMs - (1 - tokens) * windowMs / quota) < 0.01);
      left.set(key, { tokens: granted ? tokens - 1 : tokens, at: clock.monotonic() });
    }
  }));
});

Deno.test("createRateLimit() knows so many, and forgets the one that asked least recently", () => {
  const { limit } = setup({ quota: 2, capacity: 3 });
  for (const key of ["a", "b", "c", "a"]) limit.take(key);
  limit.take("d");
  assert.equal(limit.look("b").remaining, 2);
  assert.deepEqual(["a", "c", "d"].map((key) => limit.look(key).remaining), [0, 1, 1]);
});
