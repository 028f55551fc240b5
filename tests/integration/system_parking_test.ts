import assert from "node:assert/strict";
import { frail, loose, strict } from "../support/registry/system_families.ts";
import { readEvents } from "../support/read_events.ts";
import { setup, type TestSystem } from "../support/test_system.ts";
import { deedOf } from "../support/deeds.ts";

const ONE = frail.at("acme", "one");
const ALWAYS = 1_000;

/** Tells the actor to fail until it is parked. */
async function park(
  { system, recorder }: TestSystem,
  key = "one",
  name = "hopeless",
  failures = ALWAYS,
): Promise<void> {
  const parked = recorder.next("actor.parked", (told) => told.key === key);
  await system.tell(frail.at("acme", key), "work", { name, failures });
  await parked;
}

async function parkedKeys({ system }: TestSystem): Promise<readonly string[]> {
  const page = await system.control.actors({ tenant: "acme", kind: "frail", status: "parked", limit: 10 });
  return page.map(({ key }) => key);
}

Deno.test("An actor that fails more often than its restart window bears is parked, and its neighbours work on (P12)", async () => {
  await using node = await setup();
  const { system, recorder } = node;
  await park(node);
  assert.equal(recorder.of("turn.retried").length, 3);
  const { parked, mailboxDepth } = (await system.inspect(ONE))!;
  assert.match(parked!.reason, /^3 failed attempts within 60 s; the last: hopeless failed$/);
  assert.equal(mailboxDepth, 1);
  await system.tell(ONE, "work", { name: "later" });
  const other = recorder.next("turn.committed");
  await system.tell(frail.at("acme", "two"), "work", { name: "fine" });
  assert.equal((await other).key, "two");
  assert.deepEqual(await system.ask(ONE, "done"), []);
  assert.deepEqual(await parkedKeys(node), ["one"]);
});

Deno.test("A parked actor stays parked over a restart, and resumes when asked, in the order of its mail", async () => {
  await using node = await setup();
  await park(node, "one", "hard", 3);
  await node.system.tell(ONE, "work", { name: "next" });
  await node.restart();
  await node.system.tell(ONE, "work", { name: "last" });
  const other = node.recorder.next("turn.committed");
  await node.system.tell(frail.at("acme", "two"), "work", { name: "fine" });
  assert.equal((await other).key, "two");
  assert.equal((await node.system.inspect(ONE))!.mailboxDepth, 3);
  await node.system.control.resume(ONE, deedOf("ada"));
  await node.quiet();
  assert.deepEqual(await node.system.ask(ONE, "done"), ["hard", "next", "last"]);
  assert.equal((await node.system.inspect(ONE))!.parked, null);
});

Deno.test("The restarts before a restart of the server count", async () => {
  await using node = await setup();
  await node.system.tell(ONE, "work", { name: "twice", failures: ALWAYS }, { maxAttempts: 2 });
  await node.quiet();
  await node.restart();
  await park(node, "one", "once more", 1);
});

Deno.test("An actor that handles messages between its failures is in no loop, however many fail", async () => {
  await using node = await setup();
  for (let number = 1; number <= 6; number++) {
    await node.system.tell(ONE, "work", { name: `${number}`, failures: 2 });
  }
  await node.quiet();
  assert.deepEqual(await node.system.ask(ONE, "done"), ["1", "2", "3", "4", "5", "6"]);
  assert.deepEqual(await parkedKeys(node), []);
});

Deno.test("Control.resume() counts restarts anew, and refuses an actor that is not parked", async () => {
  await using node = await setup();
  await park(node, "one", "hard", 5);
  await node.system.control.resume(ONE, deedOf("ada"));
  await node.quiet();
  assert.deepEqual(await node.system.ask(ONE, "done"), ["hard"]);
  await assert.rejects(node.system.control.resume(ONE, deedOf("ada")), { code: "conflict" });
  await assert.rejects(node.system.control.resume(frail.at("zen", "one"), deedOf("ada")), { code: "conflict" });
});

Deno.test("What a handler gives up knowingly is no restart", async () => {
  await using node = await setup();
  for (let time = 1; time <= 5; time++) await node.system.tell(ONE, "giveUp", {});
  await node.quiet();
  assert.equal(node.recorder.of("message.dead-lettered").length, 5);
  assert.deepEqual(await parkedKeys(node), []);
});

Deno.test("Parking and resuming are told in the tenant's events", async () => {
  await using node = await setup();
  await park(node, "one", "hard", 3);
  await node.system.control.resume(ONE, deedOf("ada"));
  await node.quiet();
  const events = (await readEvents(node.system, "acme")).filter(({ type }) => type.startsWith("actor."));
  assert.deepEqual(events.map(({ type, subject, data }) => [type, subject, JSON.parse(data)]), [
    ["actor.parked", "frail/one", {
      kind: "frail",
      key: "one",
      reason: "3 failed attempts within 60 s; the last: hard failed",
    }],
    ["actor.resumed", "frail/one", { kind: "frail", key: "one", by: "ada" }],
  ]);
});

Deno.test("With rest-for-one, the children spawned after one that is parked are parked with it, and resume with it", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(strict.at("acme", "root"), "raise", { keys: ["a", "b"] });
  await system.tell(strict.at("acme", "root"), "raise", { keys: ["c", "b"] });
  await node.quiet();
  await park(node, "b", "hard", 3);
  assert.deepEqual(await parkedKeys(node), ["b", "c"]);
  assert.equal((await system.inspect(frail.at("acme", "c")))!.parked!.because, "frail/b");
  await system.tell(frail.at("acme", "c"), "work", { name: "waits" });
  const fine = node.recorder.next("turn.committed");
  await system.tell(frail.at("acme", "a"), "work", { name: "goes" });
  assert.equal((await fine).key, "a");
  await system.control.resume(frail.at("acme", "b"), deedOf("ada"));
  await node.quiet();
  assert.deepEqual(await parkedKeys(node), []);
  assert.deepEqual(await system.ask(frail.at("acme", "c"), "done"), ["waits"]);
});

Deno.test("With one-for-one a child that is parked is parked alone", async () => {
  await using node = await setup();
  await node.system.tell(loose.at("acme", "root"), "raise", { keys: ["a", "b"] });
  await node.quiet();
  await park(node, "a");
  assert.deepEqual(await parkedKeys(node), ["a"]);
});
