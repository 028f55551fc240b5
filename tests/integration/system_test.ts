import assert from "node:assert/strict";
import { ledger } from "../support/registry/ledger.ts";
import { narrow, tally } from "../support/registry/system_registry.ts";
import { closeGate } from "../support/gates.ts";
import { readEvents } from "../support/read_events.ts";
import { setup } from "../support/test_system.ts";

const ONE = tally.at("acme", "one");

Deno.test("System.tell() changes the state exactly once for each message (P3)", async () => {
  await using node = await setup();
  const { system } = node;
  const told = Array.from(
    { length: 300 },
    (_, number) => system.tell(tally.at("acme", `k${number % 7}`), "add", { by: 1, failures: number % 3 }),
  );
  await Promise.all(told);
  await node.quiet();
  const counts = await Promise.all(
    [0, 1, 2, 3, 4, 5, 6].map((key) => system.ask(tally.at("acme", `k${key}`), "count")),
  );
  assert.equal(counts.reduce((sum, count) => sum + count), 300);
  assert.equal(node.recorder.of("turn.committed").length, 300);
});

Deno.test("System.tell() keeps the order of an actor's messages, over retries (P8)", async () => {
  await using node = await setup();
  const { system } = node;
  const texts = Array.from({ length: 60 }, (_, number) => `${number}`);
  for (const text of texts) void system.tell(ONE, "add", { by: 1, text, failures: Number(text) % 4 === 0 ? 2 : 0 });
  await node.recorder.until(() => node.recorder.of("turn.committed").length === 60);
  assert.deepEqual(await system.ask(ONE, "seen"), texts);
});

Deno.test("System.tell() lets a failing actor hold up nobody else, and after it is given up not its own mailbox (P9)", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(ONE, "giveUp", {});
  await system.tell(ONE, "add", { by: 1, failures: 99 });
  await system.tell(ONE, "add", { by: 1 });
  await system.tell(tally.at("acme", "two"), "add", { by: 5 });
  await node.quiet();
  assert.equal(await system.ask(ONE, "count"), 1);
  assert.equal(await system.ask(tally.at("acme", "two"), "count"), 5);
  const given = node.recorder.of("message.dead-lettered").map(({ code, attempt }) => [code, attempt]);
  assert.deepEqual(given, [["handler-failed", 1], ["handler-failed", 3]]);
});

Deno.test("System.tell() commits state, rows, sends and events of a turn together", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(ONE, "everything", { id: "r1", amount: 4, fail: false });
  await node.quiet();
  assert.equal(await system.ask(ONE, "count"), 4);
  assert.equal(await system.ask(tally.at("acme", "one-other"), "count"), 4);
  assert.deepEqual(await system.query("acme", ledger.queries.all, {}), [{ id: "r1", amount: 4 }]);
  assert.equal(await system.feed.last("acme"), 2);
});

Deno.test("System.tell() commits nothing of a turn that throws, or that the database refuses", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(ONE, "everything", { id: "r1", amount: 4, fail: true });
  await system.tell(ONE, "everything", { id: "r2", amount: -1, fail: false });
  await node.quiet();
  assert.equal(await system.inspect(ONE), null);
  assert.equal(await system.inspect(tally.at("acme", "one-other")), null);
  assert.deepEqual(await system.query("acme", ledger.queries.all, {}), []);
  const told = await readEvents(system, "acme");
  assert.deepEqual(told.map(({ type }) => type), ["message.dead-lettered", "message.dead-lettered"]);
  const given = node.recorder.of("message.dead-lettered").map(({ code, attempt }) => [code, attempt]);
  assert.deepEqual(given, [["handler-failed", 1], ["constraint", 3]]);
});

Deno.test("System.tell() makes only the culprit pay when the database refuses one of several turns", async () => {
  await using node = await setup();
  const { system } = node;
  using gate = closeGate("before");
  await system.tell(ONE, "pass", { gate: "before" });
  await gate.reached();
  for (const amount of [1, 2, -1, 3]) await system.tell(ONE, "everything", { id: `r${amount}`, amount, fail: false });
  gate.open();
  await node.quiet();
  assert.equal(await system.ask(ONE, "count"), 6);
  const retried = node.recorder.of("turn.retried").map(({ code, attempt }) => `${code} ${attempt}`);
  assert.deepEqual(retried, ["constraint 1", "constraint 2"]);
});

Deno.test("System.tell() tries again what was snoozed, at the cost of no attempt, and keeps nothing of it", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(ONE, "snooze", { delayMs: 0, until: system.now() + 30 });
  await system.tell(ONE, "add", { by: 1, text: "after" });
  await node.quiet();
  assert.deepEqual(await system.ask(ONE, "seen"), ["after"]);
  assert.equal(await system.inspect(tally.at("acme", "snoozes")), null);
  assert.ok(node.recorder.of("turn.snoozed").every(({ attempt }) => attempt === 1));
});

Deno.test("System.tell() keeps a message from its host until it is due, and takes them in the order of their due times", async () => {
  await using node = await setup();
  const { system } = node;
  const toldAt = system.now();
  await system.tell(ONE, "add", { by: 1, text: "last" }, { delayMs: 80 });
  await system.tell(ONE, "add", { by: 1, text: "second" }, { delayMs: 40 });
  await system.tell(ONE, "add", { by: 1, text: "first" });
  await node.quiet();
  assert.deepEqual(await system.ask(ONE, "seen"), ["first", "second", "last"]);
  assert.ok(system.now() - toldAt >= 80);
});

Deno.test("System.tell() lets actors of a higher priority go first", async () => {
  await using node = await setup();
  const { system, recorder } = node;
  using gate = closeGate("busy");
  await system.tell(narrow.at("acme", "busy"), "pass", { gate: "busy" });
  await gate.reached();
  for (const [key, priority] of [["low", -1], ["middle", 0], ["high", 1]] as const) {
    await system.tell(narrow.at("acme", key), "pass", { gate: "none" }, { priority });
  }
  gate.open();
  await node.quiet();
  assert.deepEqual(recorder.of("turn.committed").map(({ key }) => key), ["busy", "high", "middle", "low"]);
});

Deno.test("System.tell() removes the state of an actor that ends", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(ONE, "add", { by: 5 });
  await system.tell(ONE, "end", {});
  await node.quiet();
  assert.equal(await system.inspect(ONE), null);
  await system.tell(ONE, "add", { by: 1 });
  await node.quiet();
  assert.equal(await system.ask(ONE, "count"), 1);
});
