import assert from "node:assert/strict";
import type { Message } from "../../runtime/actor/message.ts";
import type { LaneName, StoreReads } from "../../runtime/store/contract.ts";
import { DispatchModel } from "../support/dispatch_model.ts";

/** Appends a message, and tells the dispatcher so. */
function add(model: DispatchModel, parts: Partial<Message>): Message {
  const added = model.append(parts);
  model.tellNext();
  return added;
}

function succeed(model: DispatchModel, address: string): void {
  model.commit(address, { handled: 0, last: "handled" });
  model.tellNext();
}

/** Answers the reads that are open, and lets the dispatcher hear it. */
async function answerReads(model: DispatchModel): Promise<void> {
  for (const read of model.reads.splice(0)) read.answer();
  await Promise.resolve();
  await Promise.resolve();
}

Deno.test("Dispatcher.offer() delivers each of more actors than a window holds, once", async () => {
  const model = new DispatchModel({ slots: 4 });
  for (let number = 0; number < 2_500; number++) model.append({ key: `k${number}` });
  await model.drain();
  assert.deepEqual([model.pending, new Set(model.deliveries).size, model.deliveries.length], [0, 2_500, 2_500]);
});

Deno.test("Dispatcher.offer() serves the old before the new under a load that never lets up", async () => {
  const model = new DispatchModel({ slots: 1 });
  for (let number = 0; number < 2_000; number++) add(model, { key: `old${number}` });
  for (let number = 0; number < 2_000; number++) {
    add(model, { key: `new${number}` });
    succeed(model, [...model.atHost.keys()][0]!);
    await answerReads(model);
  }
  assert.deepEqual(model.deliveries.slice(0, 2_000).filter((id) => id.includes("new")), []);
});

Deno.test("Dispatcher.offer() keeps what comes for a busy actor until it is released", () => {
  const model = new DispatchModel();
  const first = add(model, { key: "one" });
  const second = add(model, { key: "one" });
  assert.deepEqual(model.deliveries, [first.id]);
  model.commit("acme/job/one", { handled: 0, last: "handled" });
  assert.deepEqual(model.deliveries, [first.id]);
  model.tellNext();
  assert.deepEqual(model.deliveries, [first.id, second.id]);
});

Deno.test("Dispatcher.offer() lets an earlier message of the same actor take the place of one that waits here", () => {
  const model = new DispatchModel({ slots: 1 });
  add(model, { key: "other" });
  add(model, { key: "one", dueAt: 1_000 });
  const earlier = add(model, { key: "one", dueAt: 999, readyAt: 999 });
  succeed(model, "acme/job/other");
  assert.equal(model.deliveries.at(-1), earlier.id);
  assert.deepEqual(model.faults, []);
});

Deno.test("Dispatcher.pump() takes actors by priority, but never changes the order of one mailbox", () => {
  const model = new DispatchModel({ slots: 1 });
  add(model, { key: "running" });
  const calm = add(model, { key: "calm" });
  const urgent = add(model, { key: "urgent", priority: 5 });
  const behind = add(model, { key: "calm", priority: 9 });
  while (model.atHost.size > 0) succeed(model, [...model.atHost.keys()][0]!);
  assert.deepEqual(model.deliveries.slice(1), [urgent.id, calm.id, behind.id]);
});

Deno.test("Dispatcher.pump() lets the kinds of a tenant take turns, however slowly room comes free", () => {
  const model = new DispatchModel({ slots: 1 });
  for (let number = 0; number < 20; number++) add(model, { kind: "slow", key: `k${number}` });
  const late = [add(model, { kind: "quick", key: "one" }), add(model, { kind: "other", key: "one" })];
  for (let ended = 0; ended < 3; ended++) succeed(model, [...model.atHost.keys()][0]!);
  assert.deepEqual(late.map(({ id }) => model.deliveries.includes(id)), [true, true]);
});

Deno.test("Dispatcher.pump() delivers nothing while stopped, and goes on when it runs again", () => {
  const model = new DispatchModel();
  model.dispatcher.setState("stopped");
  add(model, { key: "one" });
  assert.deepEqual(model.deliveries, []);
  model.dispatcher.setState("running");
  model.dispatcher.pump();
  assert.equal(model.deliveries.length, 1);
});

Deno.test("Dispatcher.start() finds what waited in the store, also where something was offered before", async () => {
  const model = new DispatchModel();
  model.dispatcher.setState("stopped");
  const old = model.append({ key: "old" });
  model.append({ key: "new" });
  const starting = model.dispatcher.start();
  const [lanes] = model.reads.splice(0);
  lanes!.look();
  model.dispatcher.offer(model.mailbox("acme/job/new")[0]!);
  lanes!.answer();
  await starting;
  await answerReads(model);
  model.dispatcher.setState("running");
  model.dispatcher.pump();
  assert.deepEqual(model.deliveries.toSorted(), [old.id, "message-new-2"].toSorted());
});

Deno.test("Dispatcher.start() asks of each lane for its part of what all may hold, from the first on", async () => {
  const lanes = Array.from({ length: 64 }, (_, index) => ({ tenant: `tenant-${index}`, kind: "job" }));
  const asked: number[] = [];
  const read = {
    readyLanes: () => Promise.resolve(lanes),
    readyHeads: (_: LaneName, limit: number) => (asked.push(limit), Promise.resolve([])),
  } as Partial<StoreReads> as StoreReads;
  await new DispatchModel({ read }).dispatcher.start();
  assert.deepEqual(asked, Array(64).fill(256));
});

Deno.test("Dispatcher.release() offers again at once what was postponed by no time at all", () => {
  const model = new DispatchModel();
  const only = add(model, { key: "one" });
  model.commit("acme/job/one", { handled: 0, last: "postponed", delayMs: 0 });
  model.tellNext();
  assert.deepEqual(model.deliveries, [only.id, only.id]);
  assert.equal(model.atHost.get("acme/job/one")![0]!.attempts, 1);
});

Deno.test("Dispatcher.release() holds back what lies behind a head that waits for its next attempt", async () => {
  const model = new DispatchModel();
  const [first, second] = [add(model, { key: "one" }), add(model, { key: "one" })];
  model.commit("acme/job/one", { handled: 0, last: "postponed", delayMs: 50 });
  model.tellNext();
  assert.deepEqual(model.deliveries, [first.id]);
  model.wake(50);
  model.tellNext();
  assert.deepEqual(model.deliveries, [first.id, first.id]);
  model.land("acme/job/one");
  await answerReads(model);
  assert.deepEqual(model.deliveries, [first.id, first.id, second.id]);
});

Deno.test("Dispatcher.release() delivers again what came back unhandled", () => {
  const model = new DispatchModel();
  const only = add(model, { key: "one" });
  model.commit("acme/job/one", { handled: 0, last: "lost" });
  model.tellNext();
  assert.deepEqual(model.deliveries, [only.id, only.id]);
});
