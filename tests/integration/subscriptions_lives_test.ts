import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../runtime/core/clock.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import type { StoreReads } from "../../runtime/store/contract.ts";
import { declaredTypes } from "../../runtime/subscription/declared.ts";
import { createFollowing, type Following } from "../../runtime/subscription/following.ts";
import type { SubscriptionPorts } from "../../runtime/subscription/ports.ts";
import { deadlyWrites } from "../support/deadly_writes.ts";
import { registry, subscriberRegistry } from "../support/registry/subscriber_registry.ts";
import { tally } from "../support/registry/system_registry.ts";
import {
  emit,
  heardBy,
  hears,
  numbersOf,
  registryUrl,
  rowOf,
  subscribed,
  toShelf,
  until,
} from "../support/subscribed_rig.ts";
import { isQuiet, type TestSystem } from "../support/test_system.ts";

const ROUNDS = 10;

/** It was told of all that was emitted after number `after`, once and in order; answers of how many. */
async function judge(
  node: Pick<TestSystem, "system">,
  { key, after = 0, tenant = "acme" }: { key?: string | undefined; after?: number; tenant?: string } = {},
): Promise<number> {
  let [heard, wanted]: [readonly number[], readonly number[]] = [[], []];
  await until(async () => {
    if (!isQuiet(node.system)) return false;
    wanted = await numbersOf(node.system, { after, tenant });
    heard = await heardBy(node.system, key, tenant);
    return wanted.length > 0 && heard.at(-1) === wanted.at(-1);
  });
  assert.deepEqual(heard, wanted);
  return heard.length;
}

Deno.test("every event is sent to each subscriber once, in order, whatever write is the last of a life (P2)", async () => {
  const deadly = deadlyWrites(seededRandom(11));
  await using node = await subscribed({ around: deadly.around });
  await emit(node, 1);
  const { cursor } = await node.system.subscriptions.create("acme", toShelf("b"));
  for (let round = 0; round < ROUNDS; round++) {
    let isDead = false;
    const died = deadly.arm(12).then(() => void (isDead = true));
    const tell = () => node.system.tell(tally.at("acme", "a"), "add", { by: 1 });
    await Promise.race([died, Promise.all(Array.from({ length: 20 }, tell))]);
    // What has been told together may have been few writes.
    while (!isDead) await Promise.race([died, tell()]);
    await node.restart();
  }
  await emit(node, 1);
  assert.ok(await judge(node) > ROUNDS);
  assert.ok(await judge(node, { key: "b", after: cursor }) > ROUNDS - 1);
});

Deno.test("two nodes that both send for the same subscribers send each event once (P2)", async () => {
  let read!: StoreReads;
  await using node = await subscribed({
    around(store) {
      read = store.read;
      return store;
    },
  });
  await node.system.subscriptions.create("acme", toShelf("b"));
  const rival = rivalOf(node, read);
  const unwatch = node.system.watchCommits((tenant) => tenant === "acme" ? rival.news(tenant) : undefined);
  rival.start();
  for (let round = 0; round < 30; round++) {
    await Promise.all([1, 2, 3].map((by) => node.system.tell(tally.at("acme", `k${by}`), "add", { by })));
  }
  for (const key of [undefined, "b"]) assert.equal(await judge(node, { key }), 90);
  unwatch();
  rival.stop();
  await node.quiet();
});

/** What sends on another node that takes itself for the one that leads. */
function rivalOf({ system }: TestSystem, log: StoreReads): Following {
  const ports: SubscriptionPorts = {
    read: (tenant, query, args) =>
      query.build === undefined ? system.query(tenant, query, args) : system.point(tenant, query, args),
    log,
    send: async (commands, deed) => void await system.tellAll(commands, { deed }),
    commit: ({ tenant, writes }) =>
      system.write(tenant, { rows: writes.flatMap((write) => write.write === "row" ? [write.row] : []) }),
    check() {},
    createId: () => system.createId(),
    now: () => system.now(),
  };
  const declared = declaredTypes(system.registry.kinds.values());
  const { diagnostics } = system;
  return createFollowing({ ports, declared, clock: systemClock, diagnostics, leads: () => true, eventsKept: 100_000 });
}

Deno.test("a kind that subscribes begins after what a tenant has emitted before, and with the first event of a new one", async () => {
  const kinds = { registry: subscriberRegistry([]), registryUrl };
  await using node = await subscribed({ kinds });
  await emit(node, 5, "old");
  await node.quiet();
  kinds.registry = registry;
  await node.restart();
  await emit(node, 3, "old");
  await emit(node, 3, "new");
  assert.deepEqual(await hears(node, 3, undefined, "old"), (await numbersOf(node.system, { tenant: "old" })).slice(5));
  assert.deepEqual(await hears(node, 3, undefined, "new"), await numbersOf(node.system, { tenant: "new" }));
});

Deno.test("a tenant whose first events were written by a life that told nobody of them is heard from the first", async () => {
  const deadly = deadlyWrites(seededRandom(3));
  await using node = await subscribed({ around: deadly.around });
  for (let round = 0; round < 12; round++) {
    const tenant = `t${round}`;
    const died = deadly.arm(6);
    void emit(node, 6, tenant);
    await died;
    await node.restart();
    await emit(node, 1, tenant);
    await judge(node, { tenant });
  }
});

Deno.test("what a kind subscribes to changes with the program, and its rows go when it subscribes no more", async () => {
  const kinds = { registry, registryUrl };
  await using node = await subscribed({ kinds });
  await emit(node, 2);
  await hears(node, 2);
  kinds.registry = subscriberRegistry(["shelf.shouted", "tally.added"]);
  await node.restart();
  await until(async () => (await rowOf(node, "kind:listener")).eventTypes.length === 2);
  kinds.registry = subscriberRegistry([]);
  await node.restart();
  await until(async () => await node.system.subscriptions.get("acme", "kind:listener") === null);
  kinds.registry = registry;
  await node.restart();
  await emit(node, 2);
  // The kind is new again, so what was emitted before belongs to nobody.
  assert.equal((await hears(node, 4)).length, 4);
  assert.equal((await rowOf(node, "kind:listener")).sent, 2);
});

Deno.test("events that retention has removed are passed over, and the row and an event say so", async () => {
  await using node = await subscribed({ eventsKept: 100_000 });
  await emit(node, 5);
  const heard = await hears(node, 5);
  const { id } = await node.system.subscriptions.create("acme", toShelf("b"));
  await until(async () => (await rowOf(node, "kind:listener")).cursor === heard.at(-1));
  await node.quiet();
  const first = heard.at(-1)! + 1;
  // As if this life had sent nothing of the next ten, and retention had removed eight of them.
  using db = new DatabaseSync(node.path, { timeout: 5_000 });
  db.exec("update subscriptions set kind = 'gone' where id = 'kind:listener' or key = 'b'");
  await node.restart();
  await emit(node, 10);
  await node.quiet();
  db.exec(`update tenants set trimmed_to = ${first + 7} where tenant = 'acme'`);
  db.exec("update subscriptions set kind = 'listener' where id = 'kind:listener'");
  db.exec("update subscriptions set kind = 'shelf' where key = 'b'");
  await node.restart();
  await hears(node, 7);
  const wanted = await numbersOf(node.system, { after: first + 7 });
  assert.deepEqual((await heardBy(node.system)).slice(5), wanted);
  assert.deepEqual(await hears(node, 2, "b"), wanted);
  const { gap, error, status } = await rowOf(node, id);
  assert.deepEqual([gap!.from, gap!.to, error, status], [first, first + 7, null, "active"]);
  const gaps = node.recorder.of("subscription.gap").map(({ subscription, from, to }) => [subscription, from, to]);
  assert.deepEqual(gaps.sort(), [["kind:listener", first, first + 7], [id, first, first + 7]].sort());
  assert.equal((await numbersOf(node.system, { type: "subscription.gap", after: first + 7 })).length, 2);
});
