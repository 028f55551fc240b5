import assert from "node:assert/strict";
import { DispatchModel } from "../support/dispatch_model.ts";

const JOBS = { tenant: "acme", kind: "job" };
const ONE = "acme/job/one";

function append(model: DispatchModel, ...keys: readonly string[]): void {
  for (const key of keys) {
    model.append({ key });
    model.tellNext();
  }
}

function finish(model: DispatchModel, address: string): void {
  model.commit(address, { handled: 0, last: "handled" });
  while (model.untold > 0) model.tellNext();
}

Deno.test("Dispatcher.pause() starts nothing more of the lane, lets others run, and resume() goes on where it stopped", () => {
  const model = new DispatchModel();
  append(model, "one");
  model.dispatcher.pause(JOBS);
  append(model, "two");
  model.append({ key: "other", kind: "report" });
  model.append({ key: "theirs", tenant: "zen" });
  while (model.untold > 0) model.tellNext();
  assert.deepEqual([...model.atHost.keys()], [ONE, "acme/report/other", "zen/job/theirs"]);
  finish(model, ONE);
  assert.ok(!model.atHost.has("acme/job/two"));
  model.dispatcher.resume(JOBS);
  assert.ok(model.atHost.has("acme/job/two"));
  assert.deepEqual(model.faults, []);
});

Deno.test("Dispatcher.park() takes back what was read of the actor, and what comes back of its turns", () => {
  const model = new DispatchModel({ slots: 1 });
  append(model, "running", "one", "two");
  model.dispatcher.park(ONE);
  finish(model, "acme/job/running");
  assert.deepEqual([...model.atHost.keys()], ["acme/job/two"]);
  append(model, "two");
  model.dispatcher.park("acme/job/two");
  model.commit("acme/job/two", { handled: 0, last: "lost" });
  model.tellNext();
  assert.deepEqual([...model.atHost.keys()], []);
});

Deno.test("Dispatcher.park() holds until the store offers something of the actor again", () => {
  const model = new DispatchModel({ slots: 1 });
  append(model, "one", "one");
  model.dispatcher.park(ONE);
  model.commit(ONE, { handled: 0, last: "lost" });
  model.dispatcher.offer(model.mailbox(ONE)[0]!);
  model.tellNext();
  assert.deepEqual([...model.atHost.keys()], [ONE]);
});

Deno.test("a suspect goes alone: one message, no room taken, and nothing of its tenant's share", () => {
  const model = new DispatchModel({ slots: 4, runsAlone: ({ key, seq }) => key === "one" || seq === 4 });
  append(model, "one", "one", "two", "two", "two");
  for (const key of ["three", "four", "five", "six"]) append(model, key);
  assert.deepEqual(model.atHost.get(ONE)?.length, 1);
  assert.deepEqual(model.room.free, 1);
  assert.equal(model.atHost.size, 4);
});

Deno.test("Dispatcher.setState() lets one message of eight actors through while careful, and of one while alone", () => {
  const model = new DispatchModel({ slots: 16 });
  model.dispatcher.setState("alone");
  append(model, "one", "one", "one");
  for (let turn = 1; turn <= 2; turn++) {
    assert.deepEqual([...model.atHost.values()].map((run) => run.length), [1]);
    finish(model, ONE);
  }
  for (let actor = 2; actor <= 12; actor++) append(model, `actor-${actor}`);
  assert.equal(model.atHost.size, 1);
  for (const [state, most] of [["careful", 8], ["running", 12]] as const) {
    model.dispatcher.setState(state);
    model.dispatcher.pump();
    assert.equal(model.atHost.size, most);
  }
  assert.deepEqual(model.faults, []);
});
