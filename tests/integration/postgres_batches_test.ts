import assert from "node:assert/strict";
import type { BatchRow } from "../../runtime/batch/rows.ts";
import { statusOf } from "../../runtime/batch/status.ts";
import { batchTables } from "../../runtime/batch/tables.ts";
import { closeGate } from "../support/gates.ts";
import { PostgresCluster } from "../support/postgres_cluster.ts";
import { press, registry } from "../support/registry/batches_registry.ts";

const at = press.at("acme", "main");

async function batchesOf({ nodes }: PostgresCluster): Promise<readonly BatchRow[]> {
  const [node] = [...nodes.values()].filter(({ mortality }) => !mortality.dead);
  return await node!.system.query("acme", batchTables.queries.page, { limit: 50 });
}

Deno.test("nodes that share a store end a batch's children together, and one of them tells its end", async () => {
  await using cluster = await PostgresCluster.open(["one", "two"], { registry, slots: 8 });
  await cluster.system("one").tell(at, "edition", { copies: 2_000, atOnce: 200 });
  await cluster.until(() => cluster.told("batch.ended").length > 0);
  const [batch] = await batchesOf(cluster);
  assert.deepEqual([batch?.total, batch?.open, batch?.succeeded], [2_000, 0, 2_000]);
  assert.equal(cluster.told("batch.ended").length, 1);
  const endsTold = async () => (await cluster.system("two").ask(at, "state")).ended;
  await cluster.until(async () => (await endsTold()).length > 0);
  await cluster.until(() => cluster.system("one").health().pending === 0);
  const ended = await endsTold();
  assert.deepEqual(ended.map(({ total, succeeded }) => [total, succeeded]), [[2_000, 2_000]]);
});

Deno.test("a node that dies while it spawns and its children end loses and doubles none: another goes on", async () => {
  await using cluster = await PostgresCluster.open(["one"], { registry, slots: 8 });
  using gate = closeGate("press-300");
  await cluster.system("one").tell(at, "edition", { copies: 600, atOnce: 100, gate: "press" });
  await gate.reached();
  cluster.nodes.get("one")!.kill();
  await cluster.begin("two", { slots: 8 });
  gate.open();
  await cluster.until(() => cluster.told("batch.ended").some(({ by }) => by === "two"));
  assert.deepEqual((await batchesOf(cluster)).map(({ total, open, succeeded }) => [total, open, succeeded]), [
    [600, 0, 600],
  ]);
});

Deno.test("a batch is cancelled whoever has its children", async () => {
  await using cluster = await PostgresCluster.open(["one", "two"], { registry, slots: 2 });
  using held = closeGate("held");
  await cluster.system("one").tell(at, "print", { copies: 30, gate: "held" });
  await cluster.until(() => held.waiting >= 2);
  const [batch] = await batchesOf(cluster);
  await cluster.system("two").batches.cancel("acme", batch!.id);
  await cluster.until(() => cluster.told("batch.ended").length > 0);
  const [after] = await batchesOf(cluster);
  assert.deepEqual([after?.cancelled, after?.open, statusOf(after!)], [30, 0, "cancelled"]);
});

Deno.test("the end of a batch whose last child's node dies before it tells of it is told by another within seconds", async () => {
  await using cluster = await PostgresCluster.open(["one", "two"], { registry, slots: 8 });
  using gate = closeGate("last");
  await cluster.system("one").tell(at, "print", { copies: 3, gate: "last" });
  await cluster.until(() => gate.waiting === 3);
  let ended = 0;
  cluster.observers.add((node, told) => {
    if (told.event !== "turn.committed" || told.kind !== "print" || ++ended < 3) return;
    cluster.nodes.get(node)!.kill();
  });
  gate.open();
  await cluster.until(() => ended === 3);
  const [batch] = await batchesOf(cluster);
  assert.deepEqual([batch?.open, batch?.succeeded, batch?.doneTold], [0, 3, 0]);
  await cluster.until(() => cluster.told("batch.ended").length > 0, 10_000);
});
