import assert from "node:assert/strict";
import { createSharedRateLimit } from "../../routes/limits/shared_rate_limit.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { GREETING } from "../support/access_calls.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { type ServedNode, servedRegistry, serveNode } from "../support/served_node.ts";
import { sharedLives } from "../support/shared_lives.ts";
import { openTcpProxy } from "../support/tcp_proxy.ts";

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

Deno.test("over HTTP two nodes answer 429 with one budget, and 503 while the database is away", async () => {
  await using database = await migratedDatabase(servedRegistry);
  const url = new URL(database.url);
  await using proxy = await openTcpProxy({ hostname: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  const perMinute = 60;
  await using one = await serveNode({ databaseUrl: url.href, node: "one", perMinute });
  await using two = await serveNode({ databaseUrl: url.href, node: "two", perMinute });
  const statuses = async (node: ServedNode, requests: number) =>
    await Promise.all(Array.from({ length: requests }, async () => (await node.submit()).status));
  const begunAt = systemClock.monotonic();
  const first = await statuses(one, 40);
  const second = await statuses(two, 40);
  const taken = [...first, ...second].filter((status) => status === 201).length;
  const most = perMinute + (systemClock.monotonic() - begunAt) * perMinute / 60_000;
  assert.ok(taken >= perMinute && taken <= most, `${taken} of ${most}`);
  assert.deepEqual([...new Set([...first, ...second])].sort(), [201, 429]);

  // A permit a second comes back meanwhile.
  let refused = await two.submit();
  while (refused.status === 201) refused = await two.submit();
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("RateLimit") ?? "", /^"tenant";r=0;t=\d+$/);
  await proxy.refuse();
  // Another tenant has permits, and nobody can say so.
  const away = await two.send("POST", "/api/jobs", GREETING, { "X-Tenant": "rival" });
  assert.equal(away.status, 503, await away.text());
  assert.ok(Number(away.headers.get("Retry-After")) > 0);
  await proxy.resume();
});
