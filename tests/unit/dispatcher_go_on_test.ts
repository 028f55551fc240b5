import assert from "node:assert/strict";
import type { DispatcherOptions } from "../../runtime/mailbox/contract.ts";
import { DispatchModel } from "../support/dispatch_model.ts";

const ONE = "acme/job/one";

/** Answers the reads that are open, and lets the dispatcher hear it. */
async function answerReads(model: DispatchModel): Promise<void> {
  for (const read of model.reads.splice(0)) read.answer();
  await new Promise((resolve) => setTimeout(resolve));
}

/** The first of three messages to one actor is at the host, and no read is open. */
async function threeToOne(options: Partial<DispatcherOptions> & { slots?: number } = {}): Promise<DispatchModel> {
  const model = new DispatchModel(options);
  for (let count = 0; count < 3; count++) {
    model.append({ key: "one" });
    model.tellNext();
  }
  await answerReads(model);
  return model;
}

Deno.test("Dispatcher.goOn() delivers what is behind turns that have landed, ahead of their commit", async () => {
  const model = await threeToOne();
  assert.equal(model.deliveries.length, 1);
  model.land(ONE);
  await answerReads(model);
  assert.deepEqual(model.deliveries, ["message-one-1", "message-one-2", "message-one-3"]);
  assert.equal(model.mailbox(ONE).length, 3, "nothing is committed");
  await model.drain();
  assert.deepEqual([model.deliveries.length, model.pending, model.dispatcher.isBusy(ONE)], [3, 0, false]);
  assert.deepEqual(model.faults, []);
});

Deno.test("Dispatcher.goOn() has the actor wait for its turn like any other", async () => {
  const model = await threeToOne({ slots: 1 });
  model.append({ key: "urgent", priority: 5 });
  model.tellNext();
  model.land(ONE);
  await answerReads(model);
  assert.deepEqual([...model.atHost.keys()], ["acme/job/urgent"]);
  await model.drain();
  assert.deepEqual(model.deliveries, ["message-one-1", "message-urgent-4", "message-one-2", "message-one-3"]);
});

Deno.test("Dispatcher.goOn() delivers once what it was told of twice, or too late", async () => {
  const model = await threeToOne();
  model.land(ONE);
  model.dispatcher.goOn(ONE);
  const late = model.reads.splice(1);
  await answerReads(model);
  model.reads.push(...late);
  await answerReads(model);
  await model.drain();
  assert.deepEqual(model.deliveries, ["message-one-1", "message-one-2", "message-one-3"]);
  assert.deepEqual(model.faults, []);
});

for (const when of ["waits in its lane", "is being read"]) {
  Deno.test(`Dispatcher.stay() keeps back what was to follow a commit that is refused while it ${when}`, async () => {
    const model = await threeToOne({ slots: 1 });
    model.append({ key: "urgent", priority: 5 });
    model.tellNext();
    model.land(ONE);
    model.dispatcher.pump();
    model.reads[0]!.look();
    if (when === "waits in its lane") await answerReads(model);
    model.refuse(ONE);
    model.tellNext();
    await answerReads(model);
    model.tellNext();
    await model.drain();
    assert.deepEqual(model.deliveries, ["message-one-1", "message-urgent-4"], "the head waits for its next attempt");
    model.wake(1);
    await model.drain();
    assert.deepEqual(model.deliveries.slice(2), ["message-one-1", "message-one-2", "message-one-3"]);
    assert.deepEqual(model.faults, []);
  });
}

Deno.test("Dispatcher.goOn() does nothing for a kind that waits for its commits, nor for one with a journal", async () => {
  const kinds = [{ outer: true, journal: null }, { outer: false, journal: {} }];
  for (const kind of kinds) {
    const kindOf = () => ({ concurrency: {}, ...kind }) as ReturnType<DispatcherOptions["kindOf"]>;
    const model = await threeToOne({ kindOf });
    model.land(ONE);
    assert.deepEqual(model.reads, []);
  }
});

Deno.test("Dispatcher.goOn() does nothing while careful or stopped, for a suspect, nor for an actor that was parked", async () => {
  const careful = await threeToOne();
  careful.dispatcher.setState("careful");
  const stopped = await threeToOne();
  stopped.dispatcher.setState("stopped");
  const suspected = await threeToOne({ runsAlone: () => true });
  const parked = await threeToOne();
  parked.dispatcher.park(ONE);
  for (const model of [careful, stopped, suspected, parked]) {
    model.land(ONE);
    assert.deepEqual(model.reads, []);
  }
});

Deno.test("Dispatcher.goOn() leaves a suspect to come alone, when what ran before it is committed", async () => {
  const model = await threeToOne({ runsAlone: ({ seq }) => seq === 2 });
  model.land(ONE);
  await answerReads(model);
  assert.deepEqual([...model.atHost.keys()], []);
  model.settle(ONE);
  model.tellNext();
  assert.deepEqual(model.atHost.get(ONE)?.map(({ seq }) => seq), [2]);
});

Deno.test("Dispatcher.handled() forgets what was offered of messages that have been delivered ahead", async () => {
  const model = await threeToOne();
  model.land(ONE);
  await answerReads(model);
  model.settle(ONE);
  model.tellNext();
  model.commit(ONE, { handled: 0, last: "handled" });
  model.tellNext();
  assert.deepEqual([model.deliveries.length, model.dispatcher.isBusy(ONE)], [3, false]);
});
