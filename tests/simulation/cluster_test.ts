import assert from "node:assert/strict";
import { closeGate } from "../support/gates.ts";
import { LEASE_MS, SimulatedCluster } from "../support/cluster_rig.ts";
import { narrow, tally } from "../support/registry/system_registry.ts";

const committed = (rig: SimulatedCluster) => rig.told("turn.committed");
const add = (rig: SimulatedCluster, node: string, key: string) =>
  rig.during(rig.system(node).tell(tally.at("acme", key), "add", { by: 1 }));
const pass = (rig: SimulatedCluster, node: string, key: string, gate: string) =>
  rig.during(rig.system(node).tell(tally.at("acme", key), "pass", { gate }));

Deno.test("three nodes over one store run every job once, and idle ones take what is too much for the first", async () => {
  using rig = await SimulatedCluster.open("one", "two", "three");
  const gate = closeGate("surplus");
  for (let number = 0; number < 12; number++) {
    const to = tally.at(number % 2 === 0 ? "acme" : "beta", `k${number}`);
    await rig.during(rig.system("one").tell(to, "pass", { gate: "surplus" }));
  }
  await rig.until(() => gate.waiting === 12, 10);
  assert.ok(["one", "two", "three"].every((name) => rig.system(name).health().running === 4));
  gate.open();
  await rig.until(() => committed(rig).length === 12);
  assert.equal(new Set(committed(rig).map(({ messageId }) => messageId)).size, 12);
});

Deno.test("a node that has a backlog of its actors' mail shares it with nodes that have nothing to do (P3, P8)", async () => {
  using rig = await SimulatedCluster.open("one");
  rig.database.latencyMs = () => 20;
  const [actors, each] = [60, 30];
  const told: Promise<unknown>[] = [];
  for (let number = 0; number < actors * each; number++) {
    const to = tally.at("acme", `k${number % actors}`);
    told.push(rig.system("one").tell(to, "add", { by: 1, text: `${Math.floor(number / actors)}` }));
  }
  await rig.during(Promise.all(told));
  const before = committed(rig).length;
  await Promise.all(["two", "three"].map((name) => rig.during(rig.begin(name))));
  await rig.until(() => committed(rig).length === actors * each);
  const shares = ["one", "two", "three"].map((name) =>
    committed(rig).slice(before).filter(({ by }) => by === name).length
  );
  assert.ok(Math.min(...shares) >= (actors * each - before) / 6, `${shares} of ${actors * each - before}`);
  assert.deepEqual(rig.database.conflicts, [], "no node handles what is another's");
  const inOrder = Array.from({ length: each }, (_, number) => `${number}`);
  for (let key = 0; key < actors; key++) {
    assert.deepEqual(await rig.during(rig.system("two").ask(tally.at("acme", `k${key}`), "seen")), inOrder);
  }
  const { shed } = rig.database;
  await rig.advance(3_000);
  assert.equal(rig.database.shed, shed, "idle nodes have nothing to give to one another");
});

Deno.test("a node that dies leaves its work to the others within a lease and a half (P7)", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const gate = closeGate("dying");
  await pass(rig, "one", "a", "dying");
  await add(rig, "one", "a");
  await rig.until(() => gate.waiting === 1);
  rig.nodes.get("one")!.kill();
  gate.open();
  const tookMs = await rig.until(() => committed(rig).length === 2);
  assert.ok(tookMs <= 4_500, `${tookMs} ms`);
  assert.deepEqual(committed(rig).map(({ by, attempt }) => [by, attempt]), [["two", 1], ["two", 1]]);
  assert.deepEqual(rig.told("node.taken-over").map(({ by, node, heads }) => [by, node, heads]), [["two", "one", 1]]);
});

Deno.test("a node whose host takes longer to start than a lease lasts is not taken for dead (P7)", async () => {
  using rig = await SimulatedCluster.open("one");
  const two = await rig.during(rig.begin("two", { hostStartMs: 3 * LEASE_MS }));
  await add(rig, "two", "a");
  await rig.until(() => committed(rig).length === 1);
  assert.deepEqual([two.fatal, rig.told("node.taken-over")], [null, []]);
});

Deno.test("a node that cannot reach the database stops in time, is fenced, and ends with a reason (P7)", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const gate = closeGate("cut off");
  await pass(rig, "one", "a", "cut off");
  await rig.until(() => gate.waiting === 1);
  rig.database.cutOff.add("one");
  const lapsedMs = await rig.until(() => rig.told("lease.lost").length === 1);
  assert.ok(lapsedMs > 1_500 && lapsedMs < 3_000, `${lapsedMs} ms`);
  await rig.until(() => rig.told("node.taken-over").length === 1);
  gate.open();
  await rig.until(() => committed(rig).length === 1);
  rig.database.cutOff.clear();
  await rig.until(() => rig.nodes.get("one")!.fatal !== null);
  const { code, message } = rig.nodes.get("one")!.fatal!;
  assert.equal(code, "fenced");
  assert.match(message, /^The node one could not renew its lease in time .* Start it again/);
  assert.deepEqual(committed(rig).map(({ by }) => by), ["two"], "what the fenced node ran is written by nobody else");
});

Deno.test("a node that was cut off for less than its lease goes on as if nothing had been", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  rig.database.cutOff.add("one");
  await rig.advance(2_000);
  rig.database.cutOff.clear();
  await rig.advance(2_000);
  assert.equal(rig.told("node.taken-over").length, 0);
  await add(rig, "one", "a");
  await rig.until(() => committed(rig).length === 1);
});

Deno.test("everything goes on although every notification is lost", async () => {
  using rig = await SimulatedCluster.open("one");
  await rig.during(rig.begin("door", { role: "http" }));
  rig.database.losesHints = true;
  await add(rig, "door", "a");
  await rig.during(rig.system("door").tell(tally.at("acme", "b"), "add", { by: 1 }, { delayMs: 500 }));
  const tookMs = await rig.until(() => committed(rig).length === 2);
  assert.ok(tookMs <= 2_500, `${tookMs} ms`);
  const gate = closeGate("wished");
  await pass(rig, "door", "a", "wished");
  await rig.until(() => gate.waiting === 1);
  assert.equal(await rig.during(rig.system("door").cancel(tally.at("acme", "a"))), "cancelling");
  await rig.until(() => rig.told("turn.cancelled").length === 1, 1_500);
  await rig.during(rig.system("door").control.pauseKind("acme", "tally"));
  await rig.until(() => rig.system("one").control.isPaused("acme", "tally"), 1_500);
});

Deno.test("a node that drains hands over at once what waits, and what runs when it has ended", async () => {
  using rig = await SimulatedCluster.open("one");
  const gate = closeGate("draining");
  for (const key of ["a", "b", "c", "d"]) await pass(rig, "one", key, "draining");
  await add(rig, "one", "a");
  await rig.until(() => gate.waiting === 3);
  await rig.during(rig.begin("two"));
  const drained = await rig.during(rig.system("two").nodes.drain("acme", "one", true));
  assert.equal(drained.drained, true);
  await rig.until(() => rig.system("one").health().status === "draining", 50);
  await rig.until(() => gate.waiting === 4, 50);
  assert.equal(rig.system("two").health().running, 1);
  gate.open();
  await rig.until(() => committed(rig).length === 5, 2_000);
  const byOne = committed(rig).filter(({ by }) => by === "one").map(({ key }) => key);
  assert.deepEqual(byOne.toSorted(), ["a", "b", "c"], "what was behind a running turn is the other's");
  await add(rig, "one", "e");
  await rig.until(() => committed(rig).length === 6, 50);
  assert.equal(committed(rig).at(-1)!.by, "two");
  assert.deepEqual((await rig.during(rig.system("one").nodes.list())).map(({ owned }) => owned), [0, 0]);

  await rig.during(rig.system("two").nodes.drain("acme", "one", false));
  await rig.during(rig.system("two").nodes.drain("acme", "two", true));
  await rig.until(() => rig.system("two").health().status === "draining", 50);
  assert.equal(rig.system("one").health().status, "ready");
  await add(rig, "two", "f");
  await rig.until(() => committed(rig).length === 7, 50);
  assert.equal(committed(rig).at(-1)!.by, "one");
  assert.deepEqual(rig.database.conflicts, [], "nothing is begun that was given up");
});

Deno.test("a node that stops hands over before its turns have ended, not when its lease is over", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const gate = closeGate("stopping");
  const other = closeGate("busy");
  for (const key of ["x", "y", "z"]) await pass(rig, "two", key, "busy");
  for (const key of ["a", "b", "c", "d"]) await pass(rig, "one", key, "stopping");
  await rig.until(() => gate.waiting === 3 && other.waiting === 3);
  other.open();
  const stopped = rig.system("one").stop({ graceMs: 1_000 });
  await rig.until(() => gate.waiting === 4, 50);
  await rig.advance(1_100);
  await rig.during(stopped);
  gate.open();
  await rig.until(() => committed(rig).length === 7, 100);
  assert.deepEqual(committed(rig).slice(3).map(({ by, attempt }) => [by, attempt]), Array(4).fill(["two", 1]));
});

Deno.test("a message is cancelled from any node, whether it runs, waits at another or is nobody's", async () => {
  using rig = await SimulatedCluster.open("one");
  const gate = closeGate("cancelled");
  for (const key of ["a", "b", "c", "d", "e"]) await pass(rig, "one", key, "cancelled");
  await rig.until(() => gate.waiting === 3);
  await rig.during(rig.begin("door", { role: "http" }));
  const cancel = (key: string) => rig.during(rig.system("door").cancel(tally.at("acme", key)));
  assert.equal(rig.database.ownerOf("acme/tally/d"), "one");
  assert.equal(rig.database.ownerOf("acme/tally/e"), null);
  assert.deepEqual([await cancel("e"), await cancel("d"), await cancel("a")], [
    "cancelled",
    "cancelling",
    "cancelling",
  ]);
  await rig.until(() => rig.told("turn.cancelled").length === 1, 50);
  gate.open();
  await rig.until(() => committed(rig).length === 2);
  await rig.advance(2_000);
  assert.deepEqual(committed(rig).map(({ key }) => key).toSorted(), ["b", "c"]);
  await assert.rejects(cancel("a"), { code: "not-found" });
});

Deno.test("a kind that is paused at one node is paused at all, and so is its resuming", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  await rig.during(rig.system("one").control.pauseKind("acme", "tally"));
  await rig.until(() => rig.system("two").control.isPaused("acme", "tally"), 50);
  await add(rig, "two", "a");
  await add(rig, "one", "b");
  await rig.advance(3_000);
  assert.equal(committed(rig).length, 0);
  await rig.during(rig.system("two").control.resumeKind("acme", "tally"));
  await rig.until(() => committed(rig).length === 2, 50);
  assert.ok(!rig.system("one").control.isPaused("acme", "tally"));
});

Deno.test("a kind's limits hold over all nodes", async () => {
  using rig = await SimulatedCluster.open("one", "two", "three");
  const gate = closeGate("narrow");
  for (const tenant of ["acme", "beta", "gamma"]) {
    for (const key of ["a", "b"]) {
      await rig.during(rig.system("one").tell(narrow.at(tenant, key), "pass", { gate: "narrow" }));
    }
  }
  await rig.until(() => gate.waiting === 2);
  await rig.advance(3_000);
  assert.equal(gate.waiting, 2);
  gate.open();
  await rig.until(() => committed(rig).length === 6, 3_500);
});

Deno.test("what all nodes take of one tenant is bounded, but for what they took within the same second", async () => {
  using rig = await SimulatedCluster.open();
  for (const name of ["one", "two"]) await rig.during(rig.begin(name, { role: "http", tenantPendingLimit: 3 }));
  for (const key of ["a", "b", "c"]) await add(rig, "one", key);
  await rig.advance(1_500);
  await assert.rejects(add(rig, "two", "d"), { code: "mailbox-full" });
  await rig.during(rig.begin("worker", { role: "worker" }));
  await rig.until(() => committed(rig).length === 3);
  await rig.advance(1_500);
  await add(rig, "two", "d");
});

Deno.test("due times are the database's, however wrong a node's clock is", async () => {
  using rig = await SimulatedCluster.open("one");
  await rig.during(rig.begin("fast", { role: "http", aheadMs: 3_600_000 }));
  await rig.during(rig.begin("slow", { role: "http", aheadMs: -3_600_000 }));
  for (const name of ["fast", "slow"]) {
    assert.equal(rig.system(name).now(), rig.clock.now());
    await rig.during(rig.system(name).tell(tally.at("acme", name), "add", { by: 1 }, { delayMs: 1_000 }));
  }
  await rig.advance(800);
  assert.equal(committed(rig).length, 0);
  await rig.until(() => committed(rig).length === 2, 1_500);
});

Deno.test("a node that runs no turns answers questions all the same", async () => {
  using rig = await SimulatedCluster.open("one");
  await rig.during(rig.begin("door", { role: "http" }));
  await add(rig, "door", "a");
  await rig.until(() => committed(rig).length === 1);
  assert.equal(await rig.during(rig.system("door").ask(tally.at("acme", "a"), "count")), 1);
  assert.deepEqual(committed(rig).map(({ by }) => by), ["one"]);
});

Deno.test("a node says when another that lives has its name, and not when it was started again after a crash", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const namesakes = () => rig.told("node.doubled").length;
  rig.nodes.get("one")!.kill();
  await rig.during(rig.begin("one"));
  await rig.advance(3 * LEASE_MS);
  assert.equal(namesakes(), 0);
  const elder = rig.nodes.get("two")!;
  await rig.during(rig.begin("two"));
  await rig.until(() => namesakes() === 1, 3 * LEASE_MS);
  elder.kill();
});
