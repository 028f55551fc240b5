import assert from "node:assert/strict";
import type { FeedReader } from "../../runtime/events/feed.ts";
import { SimulatedCluster } from "../support/cluster_rig.ts";
import { nextStep } from "../support/next_step.ts";
import { tally } from "../support/registry/system_registry.ts";

/** Follows to the end, and keeps the numbers that it was told. */
function follow(reader: FeedReader): { readonly numbers: number[]; readonly reader: FeedReader } {
  const numbers: number[] = [];
  const read = async () => {
    for (let step = await nextStep(reader); step !== null; step = await nextStep(reader)) {
      numbers.push(...step.step === "events" ? step.events.map(({ number }) => number) : [-1]);
    }
  };
  void read();
  return { numbers, reader };
}

const upTo = (last: number, from = 1) => Array.from({ length: last + 1 - from }, (_, index) => from + index);

for (const losesHints of [false, true]) {
  Deno.test(`a reader gets what all nodes commit, in order, when hints are ${losesHints ? "lost" : "heard"} (P14)`, async () => {
    using rig = await SimulatedCluster.open("one", "two", "three");
    rig.database.losesHints = losesHints;
    const readers = ["one", "two", "three"].map((name) => follow(rig.system(name).feed.follow("acme", 0)));
    for (let number = 0; number < 30; number++) {
      const node = rig.system(["one", "two", "three"][number % 3]!);
      await rig.during(node.tell(tally.at("acme", `k${number % 7}`), "add", { by: 1 }));
    }
    const last = await rig.during(rig.system("one").feed.last("acme"));
    assert.ok(last >= 30);
    const tookMs = await rig.until(() => readers.every(({ numbers }) => numbers.length >= last));
    for (const { numbers } of readers) assert.deepEqual(numbers, upTo(last));
    assert.ok(tookMs <= (losesHints ? 1_100 : 50), `${tookMs} ms`);
  });
}

Deno.test("a reader whose node dies goes on at another with the id that it has seen last (P14)", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const first = follow(rig.system("one").feed.follow("acme", 0));
  for (let number = 0; number < 5; number++) {
    await rig.during(rig.system("one").tell(tally.at("acme", "a"), "add", { by: 1 }));
  }
  await rig.until(() => first.numbers.length > 0);
  const seen = first.numbers.at(-1)!;
  rig.nodes.get("one")!.kill();
  const second = follow(rig.system("two").feed.follow("acme", seen));
  await rig.during(rig.system("two").tell(tally.at("acme", "b"), "add", { by: 1 }));
  await rig.advance(6_000);
  const last = await rig.during(rig.system("two").feed.last("acme"));
  assert.ok(last > seen);
  assert.deepEqual([...first.numbers.filter((number) => number <= seen), ...second.numbers], upTo(last));
});

Deno.test("KeptRows.watch() tells of what another node has changed when it hints, and every few seconds if it does not", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const told: (string | null)[] = [];
  rig.system("two").keptRows.watch((tenant) => void told.push(tenant));
  rig.system("one").keptRows.changed("acme");
  await rig.until(() => told.length > 0, 5);
  assert.deepEqual(told, ["acme"]);
  await rig.until(() => told.length > 1, 6_100);
  assert.deepEqual(told, ["acme", null]);
});

Deno.test("System.watchCommits() tells of what another node commits, and of any every second", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const told: (string | null)[] = [];
  rig.system("two").watchCommits((tenant) => void told.push(tenant));
  await rig.during(rig.system("one").tell(tally.at("acme", "a"), "add", { by: 1 }));
  await rig.until(() => told.includes("acme"), 50);
  await rig.until(() => told.includes(null), 1_100);
});

Deno.test("System.watchRows() tells of the tenants of which another node has told something, and of any every few seconds (S4-17)", async () => {
  using rig = await SimulatedCluster.open("one", "two");
  const told: (string | null)[] = [];
  rig.system("two").watchRows("customer", (tenant) => void told.push(tenant));
  await rig.during(rig.system("one").tell(tally.at("acme", "a"), "add", { by: 1 }));
  await rig.until(() => told.includes("acme"), 50);
  assert.equal(told.includes(null), false);
  await rig.until(() => told.includes(null), 6_100);
});
