import assert from "node:assert/strict";
import { z } from "zod";
import { defineActor, type Journal } from "../../runtime/authoring.ts";
import type { StoreEntry } from "../../runtime/store/contract.ts";
import { COMMIT_POINT, counted, DONE, FAILED, rigActivation, turnOfLoop } from "../support/activation_rig.ts";

const NOTHING = { rows: [], events: [] };

function kindWith(journal: Partial<Journal> | null) {
  const quiet: Journal = {
    accepted: () => NOTHING,
    started: () => NOTHING,
    progressed: () => NOTHING,
    succeeded: () => NOTHING,
    failed: () => NOTHING,
    retrying: () => NOTHING,
    cancelled: () => NOTHING,
  };
  return defineActor({
    kind: "plain",
    state: z.object({ count: z.int() }),
    initial: { count: 0 },
    messages: { run: z.object({}) },
    on: { run() {} },
    ...(journal === null ? {} : { journal: { ...quiet, ...journal } }),
  });
}

const plain = kindWith(null);

function writesOf({ writes }: StoreEntry): string[] {
  return writes.map((write) => "ref" in write ? `${write.write} ${write.ref.seq}` : write.write);
}

Deno.test("Activation.report() fails the attempt of a turn whose commit is refused, and keeps nothing of it", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.report(1, DONE, counted(1));
  await rig.refuse();
  await rig.commit();
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "snapshot"], ["postpone 1"]]);
  assert.deepEqual(rig.entries[1]!.events, []);
  const [settlement] = rig.settled;
  assert.ok(settlement?.decision?.decision === "retry" && settlement.decision.error.code === "constraint");
  assert.deepEqual(rig.end, { handled: [], postponed: rig.messages[0], again: [] });
});

Deno.test("Activation.report() runs the turns of a refused commit again one by one, so that only the culprit pays", async () => {
  const rig = rigActivation(plain, [{}, {}, {}]);
  for (const turn of [1, 2, 3]) rig.report(turn, DONE, counted(turn));
  await rig.refuse();
  assert.deepEqual(rig.settled, []);
  assert.deepEqual(rig.end, { handled: [], postponed: null, again: [rig.messages[0]] });
});

Deno.test("Activation.report() drops what ran behind a refused commit, with no attempt lost", async () => {
  const rig = rigActivation(plain, [{}, {}]);
  rig.report(1, DONE, counted(1));
  await turnOfLoop();
  rig.report(2, DONE, counted(2));
  await rig.refuse();
  await rig.commit();
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "snapshot"], ["postpone 1"]]);
  assert.deepEqual(rig.end, { handled: [], postponed: rig.messages[0], again: [rig.messages[1]] });
});

Deno.test("Activation.report() drops also what comes in after the refusal, until nothing is at the host", async () => {
  const rig = rigActivation(plain, [{}, {}]);
  rig.report(1, DONE, counted(1));
  await rig.refuse();
  await rig.commit();
  assert.equal(rig.end, null);
  rig.report(2, DONE, counted(2));
  await turnOfLoop();
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "snapshot"], ["postpone 1"]]);
  assert.deepEqual(rig.end, { handled: [], postponed: rig.messages[0], again: [rig.messages[1]] });
});

Deno.test("Activation.report() buries a message when its failure is refused as well, and lets the next one come", async () => {
  const rig = rigActivation(kindWith({}), [{}]);
  rig.report(1, DONE, counted(1));
  await rig.refuse();
  await rig.refuse();
  await rig.commit();
  assert.deepEqual(rig.entries.slice(1).map(writesOf), [["postpone 1"], ["bury 1"]]);
  assert.deepEqual(rig.settled.map(({ decision }) => decision?.decision), ["give-up"]);
  assert.deepEqual(rig.end, { handled: [rig.messages[0]], postponed: null, again: [] });
});

Deno.test("Activation.report() takes a journal that throws for a refusal: its message alone pays", async () => {
  const explode = () => {
    throw new Error("the journal is broken");
  };
  const rig = rigActivation(kindWith({ succeeded: explode, retrying: explode }), [{}]);
  rig.report(1, DONE, counted(1));
  await rig.commit();
  assert.deepEqual(rig.entries.map(writesOf), [["bury 1"]]);
  assert.deepEqual(rig.end, { handled: [rig.messages[0]], postponed: null, again: [] });
});

Deno.test("Activation.durable() tells the handler at a commit point that it was refused", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.report(1, COMMIT_POINT, counted(1));
  const waiting = assert.rejects(rig.activation.durable(), { code: "constraint" });
  await rig.refuse();
  await rig.commit();
  await waiting;
  rig.report(1, FAILED);
  await turnOfLoop();
  assert.deepEqual(rig.entries.map(writesOf), [["snapshot"], ["postpone 1"]]);
  assert.deepEqual(rig.end, { handled: [], postponed: rig.messages[0], again: [] });
});
