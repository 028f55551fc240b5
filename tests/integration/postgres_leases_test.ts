import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import type { Hint } from "../../runtime/store/contract.ts";
import { LEASE_MS, sharedLives } from "../support/shared_lives.ts";

const REPORT = { running: 3, waiting: 2 };
const FENCED = { name: "RuntimeError", code: "fenced" };

Deno.test("renew() prolongs the lease on the database's clock, and says until when it is believed here", async () => {
  await using lives = await sharedLives();
  const one = await lives.begin("one");
  await lives.lapse(one);
  const sentAt = systemClock.monotonic();
  const lease = await one.shared.renew(REPORT);
  assert.ok(lease.until >= sentAt + LEASE_MS && lease.until <= systemClock.monotonic() + LEASE_MS);
  assert.deepEqual(one.shared.lease, lease);
  const { drained, nodes, leads, aheadMs } = lease;
  assert.deepEqual({ drained, nodes, leads, aheadMs }, { drained: false, nodes: 1, leads: true, aheadMs: 0 });
  const [row] = await lives.database.query<{ left: number }>(
    "select lease_until - extract(epoch from clock_timestamp()) * 1000 as left from lives",
  );
  assert.ok(row!.left > LEASE_MS - 10_000 && row!.left <= LEASE_MS, String(row!.left));
});

Deno.test("of several lives the oldest that stands leads", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  const told = async () => {
    const leases = [await one.shared.renew(REPORT), await two.shared.renew(REPORT)];
    return leases.map(({ nodes, leads }) => [nodes, leads]);
  };
  assert.deepEqual(await told(), [[2, true], [2, false]]);
  await lives.lapse(one);
  await two.shared.endLapsed();
  const { nodes, leads } = await two.shared.renew(REPORT);
  assert.deepEqual([nodes, leads], [1, true]);
});

Deno.test("endLapsed() ends a life only when its lease is over, frees all that it owned, and it is fenced from then on", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.heads(Array.from({ length: 2_300 }, (_, nth) => `k${nth}`), { owner: one.generation });
  await lives.heads(["waits"], { slot: 2, owner: one.generation });
  await lives.heads(["two's"], { owner: two.generation });
  assert.deepEqual(await two.shared.endLapsed(), []);
  await lives.lapse(one);
  assert.deepEqual(await two.shared.endLapsed(), [{ node: "one", generation: one.generation, freed: 2_301 }]);
  assert.deepEqual((await lives.owners()).filter((owner) => !owner.endsWith(" 0")), [`two's ${two.generation}`]);
  assert.deepEqual(await two.shared.endLapsed(), []);
  await assert.rejects(one.shared.renew(REPORT), FENCED);
  assert.deepEqual((await two.shared.nodes()).map(({ node }) => node), ["two"]);
});

Deno.test("endLapsed() spares a life that has renewed, and never ends its own", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.lapse(one);
  await lives.lapse(two);
  await one.shared.renew(REPORT);
  assert.deepEqual(await two.shared.endLapsed(), []);
  await two.shared.renew(REPORT);
});

Deno.test("endLapsed() passes over a life that is committing: either it lives on, or it is ended later", async () => {
  await using lives = await sharedLives();
  const [one, two, three] = [await lives.begin("one"), await lives.begin("two"), await lives.begin("three")];
  await lives.lapse(one);
  await lives.lapse(two);
  const commits = "update lives set commits = commits + 1 where generation = $1 and ended_at is null";
  const committing = await lives.transaction(`${commits}`, [one.generation]);
  const renewing = await lives.transaction(commits.replace("set", "set lease_until = lease_until + 1e15::bigint,"), [
    two.generation,
  ]);
  assert.deepEqual(await three.shared.endLapsed(), []);
  await committing.commit();
  await renewing.commit();
  assert.deepEqual((await three.shared.endLapsed()).map(({ node }) => node), ["one"]);
});

Deno.test("what a node was freeing when it died is freed by the next one that comes by", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.heads(["a"], { owner: one.generation });
  await lives.database.query("update lives set ended_at = 5 where generation = $1", [one.generation]);
  assert.deepEqual(await two.shared.endLapsed(), []);
  assert.deepEqual(await lives.owners(), ["a 0"]);
});

Deno.test("endLapsed() hints the lanes of what it freed, and when the next of it is due", async () => {
  await using lives = await sharedLives();
  const [one, two, three] = [await lives.begin("one"), await lives.begin("two"), await lives.begin("three")];
  const heard: Hint[] = [];
  const whole = Promise.withResolvers<void>();
  await three.shared.listen((hint) => {
    heard.push(hint);
    if (heard.some(({ lanes }) => lanes !== undefined) && heard.some(({ dueAt }) => dueAt !== undefined)) {
      whole.resolve();
    }
  });
  await two.shared.listen(() => {});
  await two.shared.renew(REPORT);
  await lives.heads(["a", "b"], { owner: one.generation });
  await lives.heads(["waits"], { slot: 2, owner: one.generation, dueAt: 77 });
  await lives.lapse(one);
  await two.shared.endLapsed();
  await whole.promise;
  assert.deepEqual(Object.assign({}, ...heard), { lanes: [{ tenant: "acme", kind: "job" }], dueAt: 77 });
});

Deno.test("drain() is seen by the next renewal of the node that it names, and by nodes()", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two", { role: "worker" })];
  await lives.heads(["a", "b"], { owner: two.generation });
  await two.shared.renew(REPORT);
  assert.equal(await one.shared.drain("two", true), true);
  assert.equal(await one.shared.drain("nobody", true), false);
  assert.equal((await one.shared.renew(REPORT)).drained, false);
  assert.equal((await two.shared.renew(REPORT)).drained, true);
  const [, sight] = await one.shared.nodes();
  const { leaseUntil, startedAt: _, ...told } = sight!;
  assert.deepEqual(told, {
    ...REPORT,
    node: "two",
    generation: two.generation,
    role: "worker",
    drained: true,
    owned: 2,
  });
  assert.ok(leaseUntil > 0);
  await one.shared.drain("two", false);
  assert.equal((await two.shared.renew(REPORT)).drained, false);
});
