import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "../support/properties.ts";
import { createSharedRateLimit, type SharedRateLimit } from "../../routes/limits/shared_rate_limit.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { SimulatedBudgets } from "../support/simulated_budgets.ts";

const turnOfLoop = () => new Promise<void>((resolve) => void setImmediate(resolve));

function setup(quota: number, nodes = 1) {
  const clock = new FakeClock();
  const budgets = new SimulatedBudgets(clock, turnOfLoop);
  const limits = Array.from(
    { length: nodes },
    () => createSharedRateLimit({ quota, prefix: "requests/", capacity: 100, clock, reserve: budgets.reserve }),
  );
  return { clock, budgets, limits, limit: limits[0]! };
}

/** Whether it is let through. */
const asks = async (limit: SharedRateLimit, key = "acme") => (await limit.take(key)).waitMs === 0;

Deno.test("SharedRateLimit.take() of all nodes lets through what the quota allows and no more, whoever asks when", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 7, 60, 600, 6_000),
      fc.array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: 1, max: 150 }), fc.nat({ max: 3_000 })), {
        maxLength: 30,
      }),
      async (quota, steps) => {
        const { clock, budgets, limits } = setup(quota, 3);
        let passed = 0;
        for (const [node, requests, pauseMs] of steps) {
          const answers = await Promise.all(Array.from({ length: requests }, () => asks(limits[node]!)));
          passed += answers.filter((isLet) => isLet).length;
          assert.ok(passed <= budgets.granted);
          assert.ok(passed <= quota + clock.monotonic() * quota / 60_000 + 1e-6, `${passed} of ${quota}`);
          clock.advance(pauseMs);
        }
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("SharedRateLimit.take() makes nobody wait for the store at a steady rate, and asks it a few times a second", async () => {
  const { clock, budgets, limit } = setup(60_000);
  let waited = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    if (ms === 2_000) [budgets.asked, waited] = [0, 0];
    if (ms % 2 === 0) {
      const taken = limit.take("acme");
      if (taken instanceof Promise) waited++;
      assert.equal((await taken).waitMs, 0);
    }
    await turnOfLoop();
    clock.advance(1);
  }
  assert.equal(waited, 0);
  assert.ok(budgets.asked <= 8 * 10, `asked ${budgets.asked} times for 4,000 requests`);
});

Deno.test("SharedRateLimit.take() leaves no node out while all ask for more than there is", async () => {
  const { clock, limits } = setup(6_000, 3);
  const through = [0, 0, 0];
  const random = seededRandom(1);
  for (let ms = 0; ms < 20_000; ms++) {
    // The first asks ten times as often.
    const asking = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2].filter(() => random.next() < 0.1);
    await Promise.all(asking.map(async (node) => {
      if (await asks(limits[node]!)) through[node]!++;
    }));
    clock.advance(1);
  }
  const all = through.reduce((sum, count) => sum + count, 0);
  assert.ok(all <= 6_000 + 2_000 && all >= 0.95 * 8_000, `${all} in all`);
  // What they ask for is 2,000 each, and 20,000 for the first.
  assert.ok(through[1]! >= 500 && through[2]! >= 500, `${through}`);
});

Deno.test("SharedRateLimit.take() lets a whole quota through at once, at whatever node, in a few reservations", async () => {
  const { budgets, limit } = setup(1_000);
  const answers = await Promise.all(Array.from({ length: 1_200 }, () => asks(limit)));
  assert.equal(answers.filter((isLet) => isLet).length, 1_000);
  assert.ok(budgets.asked <= 5, `asked ${budgets.asked} times`);
});

Deno.test("SharedRateLimit.take() refuses without asking until there is a permit again", async () => {
  const { clock, budgets, limit } = setup(60);
  await Promise.all(Array.from({ length: 61 }, () => asks(limit)));
  const { asked } = budgets;
  const { waitMs, remaining, wholeInMs } = await limit.take("acme");
  assert.deepEqual([waitMs, remaining, wholeInMs], [1_000, 0, 60_000]);
  clock.advance(900);
  assert.equal(await asks(limit), false);
  assert.equal(budgets.asked, asked);
  clock.advance(100);
  assert.equal(await asks(limit), true);
});

Deno.test("SharedRateLimit.take() tells how many are left over all nodes", async () => {
  const { limits: [one, other] } = setup(60, 2);
  assert.equal((await one!.take("acme")).remaining, 59);
  assert.equal((await other!.take("acme")).remaining, 58);
  assert.equal((await other!.take("rival")).remaining, 59);
});

Deno.test("SharedRateLimit.take() is refused as the write would be while the store is away, and goes on afterwards", async () => {
  const { clock, budgets, limit } = setup(60);
  assert.equal(await asks(limit), true);
  budgets.isAway = true;
  await assert.rejects(async () => await limit.take("acme"), { code: "storage-unavailable" });
  budgets.isAway = false;
  clock.advance(1);
  assert.equal(await asks(limit), true);
});
