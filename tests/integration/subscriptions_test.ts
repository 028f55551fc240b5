import assert from "node:assert/strict";
import { listenerOf, shelf } from "../support/registry/subscriber_registry.ts";
import { tally } from "../support/registry/system_registry.ts";
import { emit, heardBy, hears, numbersOf, rowOf, subscribed, toShelf, until } from "../support/subscribed_rig.ts";

Deno.test("S0-15 S0-18 a kind that subscribes is told of every event of its types, in order, with its first one", async () => {
  await using node = await subscribed();
  await emit(node, 20);
  const heard = await hears(node, 20);
  assert.deepEqual(heard, await numbersOf(node.system));
  const events = await node.system.ask(listenerOf("acme"), "events");
  const { subscriptionId, type, subject, data } = events[4]!;
  assert.deepEqual({ subscriptionId, type, subject, data }, {
    subscriptionId: "kind:listener",
    type: "tally.added",
    subject: "tally/a",
    data: { by: 5 },
  });
  const row = await rowOf(node, "kind:listener");
  assert.deepEqual([row.sent, row.status, row.builtIn, row.eventTypes], [20, "active", true, ["tally.added"]]);
  assert.equal(row.cursor, heard.at(-1));
});

Deno.test("S0-15 a subscription that is made while the node runs is told of what comes after it, and of nothing when it is gone", async () => {
  await using node = await subscribed();
  const { subscriptions } = node.system;
  await emit(node, 3);
  await hears(node, 3);
  const made = await subscriptions.create("acme", toShelf("b"), { by: "pat", rows: [] });
  assert.deepEqual([made.cursor, made.createdBy, made.builtIn], [await node.system.feed.last("acme"), "pat", false]);
  await emit(node, 2);
  const heard = await hears(node, 2, "b");
  assert.deepEqual(heard, (await numbersOf(node.system)).slice(3));
  await subscriptions.remove("acme", made.id);
  assert.equal(await subscriptions.get("acme", made.id), null);
  await emit(node, 4);
  await hears(node, 9);
  await node.quiet();
  assert.deepEqual(await heardBy(node.system, "b"), heard);
});

Deno.test("a subscription is told of its own tenant's events, and of those of its type", async () => {
  await using node = await subscribed();
  const { system } = node;
  await system.subscriptions.create("acme", toShelf("b", { eventType: "shelf.shouted" }));
  await system.subscriptions.create("zen", toShelf("b"));
  await emit(node, 3);
  await system.tell(shelf.at("acme", "c"), "shout", { type: "shelf.shouted", by: 1 });
  await emit(node, 1, "zen");
  await hears(node, 1, "b");
  await hears(node, 1, "b", "zen");
  await until(async () => (await heardBy(system)).length === (await numbersOf(system)).length);
  assert.deepEqual(await heardBy(system, "b"), await numbersOf(system, { type: "shelf.shouted" }));
  assert.deepEqual(await heardBy(system, "b", "zen"), await numbersOf(system, { tenant: "zen" }));
});

Deno.test("what nobody takes now holds back its own subscription, says why, and is sent when it is taken again", async () => {
  await using node = await subscribed();
  const { system } = node;
  const picky = await system.subscriptions.create("acme", toShelf("b", { message: "large" }));
  const other = await system.subscriptions.create("acme", toShelf("c"));
  const failing = node.recorder.next("subscription.failing");
  // `by` counts from 1 on; what is taken is 10 and more.
  await emit(node, 12);
  assert.equal((await failing).subscription, picky.id);
  assert.equal((await hears(node, 12, "c")).length, 12);
  const { status, error, sent, cursor } = await rowOf(node, picky.id);
  assert.deepEqual([status, sent, cursor], ["failing", 0, picky.cursor]);
  assert.match(error!, /by/);
  assert.equal((await rowOf(node, other.id)).status, "active");
});

Deno.test("a subscription sends what lies before the first event that nobody takes, and stays there", async () => {
  await using node = await subscribed();
  const { system } = node;
  const { id } = await system.subscriptions.create(
    "acme",
    toShelf("b", { message: "large", eventType: "shelf.shouted" }),
  );
  const failing = node.recorder.next("subscription.failing");
  await system.tellAll([20, 30, 1, 40].map((by) => ({
    to: shelf.at("acme", "c"),
    message: "shout",
    payload: { type: "shelf.shouted", by },
  })));
  await failing;
  const numbers = await numbersOf(system, { type: "shelf.shouted" });
  assert.deepEqual(await hears(node, 2, "b"), numbers.slice(0, 2));
  const row = await rowOf(node, id);
  assert.ok(row.cursor >= numbers[1]! && row.cursor < numbers[2]!);
  assert.deepEqual([row.sent, row.status], [2, "failing"]);
});

Deno.test("what a tenant has no room for is sent when it has", async () => {
  await using node = await subscribed({ tenantPendingLimit: 40 });
  const { system } = node;
  await system.control.pauseKind("acme", "shelf");
  for (const key of ["b", "c"]) await system.subscriptions.create("acme", toShelf(key));
  // Two for each is more than there is room for while nobody takes them.
  const events = Array.from({ length: 25 }, () => ({ to: tally.at("acme", "a"), message: "add", payload: { by: 1 } }));
  await system.tellAll(events);
  await until(() => Promise.resolve(system.health().pending === 40 && system.health().running === 0));
  await system.control.resumeKind("acme", "shelf");
  const numbers = await numbersOf(system);
  assert.equal(numbers.length, 25);
  for (const key of [undefined, "b", "c"]) assert.deepEqual(await hears(node, 25, key), numbers);
  for (const { status } of await system.subscriptions.page({ tenant: "acme", limit: 9 })) {
    assert.equal(status, "active");
  }
});

Deno.test("create() refuses what is no type of events and what its target would not take, and the same twice", async () => {
  await using node = await subscribed();
  const { subscriptions } = node.system;
  const refused = (declared: Parameters<typeof subscriptions.create>[1], code: string) =>
    assert.rejects(subscriptions.create("acme", declared), { code });
  for (const eventType of ["created", "Customer.created", ""]) {
    await refused(toShelf("b", { eventType }), "invalid-message");
  }
  await refused(toShelf("b", { message: "shout" }), "invalid-message");
  await refused(toShelf("b", { message: "nothing" }), "unknown-message");
  await refused(toShelf("a/b"), "invalid-message");
  await refused({ eventType: "a.b", target: { kind: "nobody", key: "b", message: "event" } }, "unknown-kind");
  const made = await Promise.allSettled([1, 2, 3].map(() => subscriptions.create("acme", toShelf("b"))));
  assert.deepEqual(made.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
  await refused(toShelf("b"), "conflict");
  await subscriptions.create("zen", toShelf("b"));
  await emit(node, 1);
  await hears(node, 1);
  await assert.rejects(subscriptions.remove("acme", "kind:listener"), { code: "conflict" });
  await assert.rejects(subscriptions.remove("zen", "kind:nobody"), { code: "not-found" });
});

Deno.test("of what nobody wants for long the cursor keeps up, and no more is read again", async () => {
  await using node = await subscribed();
  const { system } = node;
  const { id } = await system.subscriptions.create("acme", toShelf("b", { eventType: "shelf.shouted" }));
  for (let round = 0; round < 6; round++) await emit(node, 200);
  await until(async () => (await rowOf(node, id)).cursor >= 1_000);
  await system.tell(shelf.at("acme", "c"), "shout", { type: "shelf.shouted", by: 1 });
  assert.equal((await hears(node, 1, "b")).length, 1);
});
