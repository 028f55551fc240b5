import assert from "node:assert/strict";
import {
  counted,
  DONE,
  FAILED,
  plain,
  RETURNED,
  rigActivation,
  turnOfLoop,
  writesOf,
} from "../support/activation_rig.ts";

Deno.test("Activation.report() commits what comes in one go together, with the last state only", async () => {
  const rig = rigActivation(plain, [{}, {}]);
  rig.report(1, DONE, counted(1));
  rig.report(2, DONE, counted(2));
  await rig.commit();
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "remove 2", "snapshot"]]);
  assert.deepEqual(rig.entries[0]!.events?.map(({ data }) => data), ["1", "2"]);
  assert.deepEqual(rig.end, { handled: rig.messages, postponed: null, again: [] });
});

Deno.test("Activation.report() makes one commit at a time, and what comes meanwhile goes together into the next", async () => {
  const rig = rigActivation(plain, [{}, {}, {}]);
  rig.report(1, DONE, counted(1));
  await turnOfLoop();
  rig.report(2, DONE, counted(2));
  await turnOfLoop();
  rig.report(3, DONE, counted(3));
  await turnOfLoop();
  assert.equal(rig.entries.length, 1);
  await rig.commit();
  assert.deepEqual(rig.entries.slice(1).map(writesOf), [["remove 2", "remove 3", "snapshot"]]);
});

Deno.test("Activation.report() releases the actor when nothing is at the host and all is committed", async () => {
  const rig = rigActivation(plain, [{}, {}]);
  rig.report(1, DONE);
  await rig.commit();
  assert.equal(rig.end, null);
  rig.report(2, DONE);
  assert.deepEqual(rig.told, ["ended 1", "ended 2", "landed", "may go on"]);
  await rig.commit();
  assert.equal(rig.told.at(-1), "over");
});

Deno.test("Activation.report() postpones a failure in the middle and hands back what lay behind, with no attempt lost", async () => {
  const rig = rigActivation(plain, [{}, {}, {}]);
  rig.report(1, DONE, counted(1));
  rig.report(2, FAILED);
  rig.report(3, RETURNED);
  await rig.commit();
  const [one, two, three] = rig.messages;
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "postpone 2", "snapshot"]]);
  assert.deepEqual(rig.end, { handled: [one], postponed: two, again: [three] });
});

Deno.test("Activation.report() gives a message up with its last attempt, and goes on with the next", async () => {
  const rig = rigActivation(plain, [{ attempts: 3, maxAttempts: 4 }, {}]);
  rig.report(1, FAILED);
  rig.report(2, RETURNED);
  await rig.commit();
  assert.deepEqual(rig.entries.map(writesOf), [["bury 1"]]);
  assert.deepEqual(rig.end, { handled: [rig.messages[0]], postponed: null, again: [rig.messages[1]] });
});

Deno.test("Activation.report() cancels instead of trying again when someone wished so", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.flights[0]!.cancelWishedBy = "ann";
  rig.report(1, FAILED);
  await rig.commit();
  assert.deepEqual(rig.settled.map(({ decision }) => decision?.decision), ["cancel"]);
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1"]]);
});

Deno.test("Activation.report() ignores a turn that it does not know, or that has ended", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.report(7, DONE);
  rig.report(1, DONE);
  rig.report(1, FAILED);
  await rig.commit();
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1"]]);
});

Deno.test("Activation.lose() hands the messages back in order, and commits nothing of them", async () => {
  const rig = rigActivation(plain, [{}, {}, {}]);
  rig.report(1, DONE, counted(1));
  rig.activation.lose(3);
  rig.activation.lose(2);
  await rig.commit();
  const [one, two, three] = rig.messages;
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "snapshot"]]);
  assert.deepEqual(rig.end, { handled: [one], postponed: null, again: [two, three] });
});

Deno.test("Activation.durable() resolves when what was reported before is committed", async () => {
  const rig = rigActivation(plain, [{}, {}]);
  rig.report(1, DONE, counted(1));
  let durable = false;
  const waiting = rig.activation.durable().then(() => void (durable = true));
  await turnOfLoop();
  assert.equal(durable, false);
  await rig.commit();
  await waiting;
  assert.equal(durable, true);
});

Deno.test("Activation.report() lets go of the actor when the committer has ended", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.report(1, DONE);
  await rig.fail(new Error("the committer has ended"));
  assert.deepEqual(rig.end, { handled: [], postponed: null, again: [] });
  assert.deepEqual(rig.settled, []);
});
