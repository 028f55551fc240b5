import assert from "node:assert/strict";
import { closeGate } from "../support/gates.ts";
import { tally } from "../support/registry/system_registry.ts";
import { setup } from "../support/test_system.ts";

const ONE = tally.at("acme", "one");
const KEY = { scope: "jobs", key: "k1", print: "p1", answer: "first" };

Deno.test("System.tell() adds one unhandled message of a dedupe key, and another when that is handled", async () => {
  await using node = await setup();
  const { system } = node;
  using gate = closeGate("held");
  await system.tell(ONE, "pass", { gate: "held" }, { dedupeKey: "d" });
  const other = tally.at("acme", "two");
  assert.deepEqual(await system.tell(other, "add", { by: 1 }, { dedupeKey: "d" }), {
    accepted: false,
    by: "dedupe",
    key: "one",
  });
  gate.open();
  await node.quiet();
  const told = await system.tell(other, "add", { by: 1 }, { dedupeKey: "d" });
  assert.equal(told.accepted, true);
  await node.quiet();
  assert.equal(await system.ask(other, "count"), 1);
});

Deno.test("System.tell() answers a repeat of an idempotency key as the first, over a restart too (P6)", async () => {
  await using node = await setup();
  const first = await node.system.tell(ONE, "add", { by: 1 }, { idempotency: KEY });
  const repeat = { ...KEY, answer: "second" };
  assert.equal(first.accepted, true);
  const expected = { accepted: false, by: "idempotency", answer: "first" };
  assert.deepEqual(await node.system.tell(ONE, "add", { by: 1 }, { idempotency: repeat }), expected);
  await node.restart();
  assert.deepEqual(await node.system.tell(ONE, "add", { by: 1 }, { idempotency: repeat }), expected);
  await node.quiet();
  assert.equal(await node.system.ask(ONE, "count"), 1);
});

Deno.test("System.tell() accepts one of two that bear the same idempotency key at once (P6)", async () => {
  await using node = await setup();
  const told = await Promise.all([1, 2, 3].map(() => node.system.tell(ONE, "add", { by: 1 }, { idempotency: KEY })));
  assert.deepEqual(told.map(({ accepted }) => accepted), [true, false, false]);
  await node.quiet();
  assert.equal(await node.system.ask(ONE, "count"), 1);
});

Deno.test("System.tell() refuses an idempotency key that came with another request (P6)", async () => {
  await using node = await setup();
  await node.system.tell(ONE, "add", { by: 1 }, { idempotency: KEY });
  const other = node.system.tell(ONE, "add", { by: 2 }, { idempotency: { ...KEY, print: "p2" } });
  await assert.rejects(other, { code: "key-reused" });
  const scope = await node.system.tell(ONE, "add", { by: 2 }, { idempotency: { ...KEY, scope: "other", print: "p2" } });
  assert.equal(scope.accepted, true);
});

Deno.test("System.tellAll() accepts all of a call or nothing", async () => {
  await using node = await setup();
  const { system } = node;
  const add = (key: string, by: unknown) => ({ to: tally.at("acme", key), message: "add", payload: { by } });
  await assert.rejects(system.tellAll([add("a", 1), add("b", "many")]), { code: "invalid-message" });
  const elsewhere = { ...add("c", 1), to: tally.at("zen", "c") };
  await assert.rejects(system.tellAll([add("a", 1), elsewhere]), { code: "invalid-message" });
  const told = await system.tellAll([add("a", 1), add("b", 2)]);
  assert.deepEqual(told.map(({ accepted }) => accepted), [true, true]);
  assert.deepEqual(await system.tellAll([]), []);
  await node.quiet();
  assert.equal(await system.ask(tally.at("acme", "a"), "count"), 1);
});

Deno.test("System.tell() answers mailbox-full beyond a tenant's limit, and other tenants as before (P21)", async () => {
  await using node = await setup({ tenantPendingLimit: 3 });
  const { system } = node;
  using gate = closeGate("full");
  for (let number = 0; number < 3; number++) await system.tell(ONE, "pass", { gate: "full" });
  await assert.rejects(system.tell(ONE, "add", { by: 1 }), { code: "mailbox-full", retryable: true });
  assert.equal((await system.tell(tally.at("zen", "one"), "add", { by: 1 })).accepted, true);
  gate.open();
  await node.quiet();
  assert.equal((await system.tell(ONE, "add", { by: 1 })).accepted, true);
});

Deno.test("System.tell() counts what is on its way to the store towards a tenant's limit (P21)", async () => {
  await using node = await setup({ tenantPendingLimit: 3 });
  const told = await Promise.allSettled([1, 2, 3, 4, 5].map((by) => node.system.tell(ONE, "add", { by })));
  assert.deepEqual(told.map(({ status }) => status === "fulfilled"), [true, true, true, false, false]);
  await node.quiet();
  assert.equal((await node.system.tell(ONE, "add", { by: 1 })).accepted, true);
});
