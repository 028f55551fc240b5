import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
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

Deno.test("Activation.extend() runs ahead on the state that was left, and commits one after the other", async () => {
  const rig = rigActivation(plain, [{}, {}]);
  rig.report(1, DONE, counted(1));
  rig.report(2, DONE);
  await turnOfLoop();
  assert.deepEqual(rig.told, ["ended 1", "ended 2", "landed", "may go on"]);
  assert.deepEqual(rig.activation.lead.state, { text: '{"count":1}', version: 1 });
  rig.extend([{}, {}]);
  rig.report(3, DONE, counted(2));
  rig.report(4, DONE, counted(3));
  await turnOfLoop();
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "remove 2", "snapshot"]]);
  await rig.commit();
  assert.deepEqual(rig.entries.slice(1).map(writesOf), [["remove 3", "remove 4", "snapshot"]]);
  assert.equal(rig.end, null);
  await rig.commit();
  assert.deepEqual(rig.end, { handled: rig.messages, postponed: null, again: [] });
});

Deno.test("Activation.extend() drops a later run with the refused commit before it, with no attempt lost", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.report(1, DONE, counted(1));
  rig.extend([{}, {}]);
  await rig.refuse();
  assert.ok(rig.told.includes("must stay"));
  await rig.commit();
  assert.equal(rig.end, null, "a run is at the host");
  rig.report(2, DONE, counted(2));
  rig.report(3, DONE, counted(3));
  await turnOfLoop();
  const [one, two] = rig.messages;
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "snapshot"], ["postpone 1"]]);
  assert.deepEqual(rig.end, { handled: [], postponed: one, again: [two] });
});

Deno.test("Activation.extend() hands back what was lost of a later run, and keeps what was committed before", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.report(1, DONE, counted(1));
  rig.extend([{}, {}, {}]);
  rig.report(2, DONE, counted(2));
  rig.activation.lose(3);
  rig.activation.lose(4);
  await rig.commit();
  const [one, two, three, four] = rig.messages;
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "remove 2", "snapshot"]]);
  assert.deepEqual(rig.end, { handled: [one, two], postponed: null, again: [three, four] });
});

Deno.test("Activation.extend() lets a turn of a later run fail its own attempt only", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.report(1, DONE, counted(1));
  await turnOfLoop();
  rig.extend([{}, {}]);
  rig.report(2, FAILED);
  rig.report(3, RETURNED);
  await rig.commit();
  await rig.commit();
  const [one, two, three] = rig.messages;
  assert.deepEqual(rig.entries.map(writesOf), [["remove 1", "snapshot"], ["postpone 2"]]);
  assert.deepEqual(rig.end, { handled: [one], postponed: two, again: [three] });
});

for (const [what, ending] of [["failed", FAILED], ["was returned", RETURNED]] as const) {
  Deno.test(`Activation.report() lets nothing follow a turn that ${what}`, () => {
    const rig = rigActivation(plain, [{}, {}]);
    rig.report(1, DONE, counted(1));
    rig.report(2, ending);
    assert.deepEqual(rig.told, ["ended 1", "ended 2", "landed"]);
  });
}

Deno.test("Activation.lose() lets nothing follow", () => {
  const rig = rigActivation(plain, [{}, {}]);
  rig.activation.lose(1);
  rig.report(2, DONE);
  assert.deepEqual(rig.told, ["ended 1", "ended 2", "landed"]);
});

Deno.test("Activation.report() lets no more follow while 1 MiB is on its way to the disk, and again when it is there", async () => {
  const rig = rigActivation(plain, [{}]);
  const large = { ...counted(1), state: JSON.stringify("x".repeat(2 ** 20)) };
  rig.report(1, DONE);
  await turnOfLoop();
  assert.equal(rig.told.at(-1), "may go on");
  rig.extend([{}]);
  rig.report(2, DONE, large);
  assert.equal(rig.told.at(-1), "landed");
  await rig.commit();
  assert.equal(rig.told.at(-1), "landed", "what is on its way is the same as before");
  await rig.commit();
  assert.equal(rig.told.at(-1), "over");
  assert.equal(rig.leads.bytes, 0);
});

Deno.test("Activation.report() lets more follow as soon as a commit makes place for it", async () => {
  const rig = rigActivation(plain, [{ payload: JSON.stringify("x".repeat(2 ** 20)) }]);
  rig.report(1, DONE);
  await turnOfLoop();
  assert.equal(rig.told.at(-1), "landed");
  const second = rigActivation(plain, [{}, { payload: JSON.stringify("x".repeat(2 ** 20)) }]);
  second.report(2, DONE);
  await turnOfLoop();
  second.report(1, DONE);
  await turnOfLoop();
  assert.equal(second.told.at(-1), "landed");
  await second.commit();
  assert.equal(second.told.at(-1), "may go on");
});

Deno.test("Activation.report() leaves nothing on its way when the store fails for good", async () => {
  const rig = rigActivation(plain, [{}]);
  rig.report(1, DONE, counted(1));
  rig.activation.durable().catch(() => {});
  await rig.fail(new RuntimeError("storage-corrupt", "gone"));
  assert.equal(rig.leads.bytes, 0);
});
