import assert from "node:assert/strict";
import { DispatchModel } from "../support/dispatch_model.ts";

const ONE = "acme/job/one";

function waitingForRoom(): DispatchModel {
  const model = new DispatchModel({ slots: 1 });
  for (const key of ["running", "one", "one"]) {
    model.append({ key });
    model.tellNext();
  }
  return model;
}

Deno.test("Dispatcher.hold() keeps an actor away from the host, also when it is offered meanwhile", () => {
  const model = waitingForRoom();
  const letGo = model.dispatcher.hold(ONE);
  model.dispatcher.offer(model.mailbox(ONE)[0]!);
  model.commit("acme/job/running", { handled: 0, last: "handled" });
  model.tellNext();
  assert.equal(model.atHost.size, 0);
  letGo([]);
  model.dispatcher.pump();
  assert.deepEqual([...model.atHost.keys()], [ONE]);
});

Deno.test("Dispatcher.hold() lets the next message through when the first has been removed", () => {
  const model = waitingForRoom();
  model.cancel(ONE);
  model.commit("acme/job/running", { handled: 0, last: "handled" });
  while (model.untold > 0) model.tellNext();
  assert.deepEqual(model.deliveries, ["message-running-1", "message-one-3"]);
  assert.deepEqual(model.faults, []);
});

Deno.test("Dispatcher.hold() has the store asked again for what a refill kept away meanwhile", async () => {
  const model = new DispatchModel();
  model.append({ key: "one" });
  const starting = model.dispatcher.start();
  model.reads.shift()!.answer();
  await starting;
  const letGo = model.dispatcher.hold(ONE);
  model.reads.shift()!.answer();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([...model.atHost.keys()], []);
  letGo([]);
  model.dispatcher.pump();
  model.reads.shift()!.answer();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([...model.atHost.keys()], [ONE]);
});
