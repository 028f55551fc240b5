import assert from "node:assert/strict";
import { createSharedRateLimit } from "../../routes/limits/shared_rate_limit.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { sharedLives } from "../support/shared_lives.ts";

Deno.test("a tenant's requests to three nodes are limited as if they were one, and each node lets some through", async () => {
  await using lives = await sharedLives();
  const nodes = await Promise.all(["one", "two", "three"].map((node) => lives.begin(node)));
  const quota = 300;
  let asked = 0;
  const limits = nodes.map(({ shared }) =>
    createSharedRateLimit({
      quota,
      prefix: "requests/",
      clock: systemClock,
      capacity: 10,
      reserve: (budget, how) => (asked++, shared.reserve(budget, how)),
    })
  );
  const begunAt = systemClock.monotonic();
  const through = await Promise.all(limits.map(async (limit) => {
    let passed = 0;
    for (let round = 0; round < 40; round++) {
      const standings = await Promise.all(Array.from({ length: 5 }, () => limit.take("acme")));
      passed += standings.filter(({ waitMs }) => waitMs === 0).length;
    }
    return passed;
  }));
  const all = through.reduce((sum, count) => sum + count, 0);
  const most = quota + (systemClock.monotonic() - begunAt) * quota / 60_000;
  assert.ok(all <= most && all >= quota, `${all} of ${most}`);
  assert.ok(through.every((count) => count > 10), `${through}`);
  assert.ok(asked <= all / 2, `asked ${asked} times for ${all}`);
  // Another tenant has a budget of its own.
  assert.equal((await limits[0]!.take("rival")).waitMs, 0);
});
