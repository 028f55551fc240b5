import assert from "node:assert/strict";
import { closeGate } from "../support/gates.ts";
import { SimulatedCluster } from "../support/cluster_rig.ts";
import { tally } from "../support/registry/system_registry.ts";

const committed = (rig: SimulatedCluster) => rig.told("turn.committed");

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

Deno.test("a node that dies leaves its work to the others within a lease and a half", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const gate = closeGate("dying");
  await rig.during(rig.system("one").tell(tally.at("acme", "a"), "pass", { gate: "dying" }));
  await rig.during(rig.system("one").tell(tally.at("acme", "a"), "add", { by: 1 }));
  await rig.until(() => gate.waiting === 1);
  rig.nodes.get("one")!.kill();
  gate.open();
  const tookMs = await rig.until(() => committed(rig).length === 2);
  assert.ok(tookMs <= 4_500, `${tookMs} ms`);
  assert.deepEqual(committed(rig).map(({ by, attempt }) => [by, attempt]), [["two", 1], ["two", 1]]);
  assert.deepEqual(rig.told("node.taken-over").map(({ by, node, heads }) => [by, node, heads]), [["two", "one", 1]]);
});
