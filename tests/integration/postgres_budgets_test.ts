import assert from "node:assert/strict";
import { type SharedLives, sharedLives } from "../support/shared_lives.ts";

const HOW = { perMinute: 6, burst: 10 };

Deno.test("reserve() grants a burst, then nothing until the first permit is there again", async () => {
  await using lives = await sharedLives();
  const { shared } = await lives.begin("one");
  const { wholeInMs, ...first } = await shared.reserve("api", { permits: 7, ...HOW });
  assert.deepEqual(first, { granted: 7, retryAfterMs: 0 });
  assert.equal(Math.round(wholeInMs), 70_000);
  const rest = await shared.reserve("api", { permits: 7, ...HOW });
  assert.equal(rest.granted, 3);
  assert.ok(rest.retryAfterMs > 0 && rest.retryAfterMs <= 10_000, String(rest.retryAfterMs));
  assert.equal((await shared.reserve("api", { permits: 1, ...HOW })).granted, 0);
  assert.equal((await shared.reserve("another", { permits: 1, ...HOW })).granted, 1);
});

Deno.test("reserve() refills evenly, up to a burst", async () => {
  await using lives = await sharedLives();
  const { shared } = await lives.begin("one");
  await shared.reserve("api", { permits: 10, ...HOW });
  await passed(lives, 30_000);
  assert.equal((await shared.reserve("api", { permits: 9, ...HOW })).granted, 3);
  await passed(lives, 3_600_000);
  assert.equal((await shared.reserve("api", { permits: 99, ...HOW })).granted, 10);
});

Deno.test("reserve() grants over several nodes no more than one budget holds", async () => {
  await using lives = await sharedLives();
  const nodes = await Promise.all(["one", "two", "three"].map((node) => lives.begin(node)));
  const how = { permits: 3, perMinute: 0.001, burst: 100 };
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, nth) => nodes[nth % 3]!.shared.reserve("api", how)),
  );
  assert.equal(answers.reduce((sum, { granted }) => sum + granted, 0), 100);
});

/** As if so much time had passed on the database's clock. */
async function passed(lives: SharedLives, ms: number): Promise<void> {
  await lives.database.query("update budgets set full_at = full_at - $1", [ms]);
}
