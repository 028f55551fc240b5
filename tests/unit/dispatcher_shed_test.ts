import assert from "node:assert/strict";
import { DispatchModel } from "../support/dispatch_model.ts";

const address = (key: string) => `acme/job/${key}`;
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** One runs, the others wait. */
function backlog(...keys: string[]): DispatchModel {
  const model = new DispatchModel({ slots: 1, isShared: true });
  for (const key of ["running", ...keys]) model.append({ key });
  while (model.untold > 0) model.tellNext();
  return model;
}

Deno.test("Dispatcher.shed() gives the later half of what waits away, and nothing of what runs", async () => {
  const model = backlog("one", "two", "three", "four");
  const given: (readonly string[])[] = [];
  await model.dispatcher.shed((addresses) => Promise.resolve(void given.push(addresses)));
  assert.deepEqual(given, [["three", "four"].map(address)]);
  assert.equal(model.dispatcher.waiting, 2);
});

Deno.test("Dispatcher.shed() gives a single one that waits, and nothing when none does or nothing may start", async () => {
  const given: string[] = [];
  const disown = (addresses: readonly string[]) => Promise.resolve(void given.push(...addresses));
  await backlog().dispatcher.shed(disown);
  const stopped = backlog("one");
  stopped.dispatcher.setState("stopped");
  await stopped.dispatcher.shed(disown);
  const paused = backlog("one");
  paused.dispatcher.pause({ tenant: "acme", kind: "job" });
  await paused.dispatcher.shed(disown);
  assert.deepEqual(given, []);
  await backlog("one").dispatcher.shed(disown);
  assert.deepEqual(given, [address("one")]);
});

Deno.test("Dispatcher.shed() keeps what it gives away from the host, however that is offered meanwhile", async () => {
  const model = backlog("one");
  const { promise: disowned, resolve } = Promise.withResolvers<void>();
  const shedding = model.dispatcher.shed(() => disowned);
  model.dispatcher.offer(model.mailbox(address("one"))[0]!);
  // A claim that began before the store was told, and is answered before.
  model.dispatcher.expect({ tenant: "acme", kind: "job" });
  model.commit(address("running"), { handled: 0, last: "handled" });
  while (model.untold > 0) model.tellNext();
  model.reads.shift()!.answer();
  await settled();
  model.dispatcher.pump();
  assert.deepEqual([...model.atHost.keys()], []);
  resolve();
  await shedding;
  assert.deepEqual([...model.atHost.keys()], []);
  assert.equal(model.reads.length, 1, "what of it is this node's is found by a claim");
  model.reads.shift()!.answer();
  await settled();
  assert.deepEqual([...model.atHost.keys()], [address("one")]);
});

Deno.test("Dispatcher.shed() passes over what a claim saw before, and was told after, the store gave it up", async () => {
  const model = backlog("one");
  const { promise: disowned, resolve } = Promise.withResolvers<void>();
  const shedding = model.dispatcher.shed(() => disowned);
  model.dispatcher.expect({ tenant: "acme", kind: "job" });
  model.commit(address("running"), { handled: 0, last: "handled" });
  while (model.untold > 0) model.tellNext();
  const [claim] = model.reads;
  claim!.look();
  resolve();
  await shedding;
  claim!.answer();
  model.reads.shift();
  await settled();
  assert.deepEqual([...model.atHost.keys()], []);
});

Deno.test("Dispatcher.shed() claims anew what could not be given away, and one at a time is given", async () => {
  const model = backlog("one");
  const { promise: disowned, reject } = Promise.withResolvers<void>();
  const shedding = model.dispatcher.shed(() => disowned);
  await model.dispatcher.shed(() => assert.fail("It is under way"));
  reject(new Error("The store is away"));
  await assert.rejects(shedding, /The store is away/);
  model.commit(address("running"), { handled: 0, last: "handled" });
  while (model.untold > 0) model.tellNext();
  model.reads.shift()!.answer();
  await settled();
  assert.deepEqual([...model.atHost.keys()], [address("one")]);
});
