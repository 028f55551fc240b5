import assert from "node:assert/strict";
import type { Store } from "../../runtime/store/contract.ts";
import { closeGate } from "../support/gates.ts";
import { tally } from "../support/registry/system_registry.ts";
import { setup } from "../support/test_system.ts";

const ONE = tally.at("acme", "one");

/** A store that lets appends through and holds what ends messages, as a slow disk would. */
function slowToRemove() {
  const held = Promise.withResolvers<void>();
  let removing = 0;
  const around = (store: Store): Store => ({
    ownership: store.ownership,
    read: store.read,
    async write(batch) {
      if (batch.some(({ writes }) => writes.some(({ write }) => write === "remove"))) {
        removing++;
        await held.promise;
      }
      return await store.write(batch);
    },
    close: () => store.close(),
  });
  return {
    around,
    letGo: () => held.resolve(),
    get removing() {
      return removing;
    },
  };
}

/** Two messages and one that waits at the gate and notes its name, in one commit. */
const COMMANDS = [
  ...["a", "b"].map((text) => ({ to: ONE, message: "add", payload: { by: 1, text } })),
  { to: ONE, message: "pass", payload: { gate: "ahead" } },
];

Deno.test("an actor goes on with its next messages while its earlier ones are on their way to the disk", async () => {
  const disk = slowToRemove();
  using gate = closeGate("ahead");
  await using node = await setup({ around: disk.around });
  await node.system.tellAll(COMMANDS);
  await gate.reached();
  assert.equal(disk.removing, 1, "the first commit is under way");
  assert.equal(await node.system.ask(ONE, "count"), 0, "and not done");
  gate.open();
  disk.letGo();
  await node.quiet();
  assert.deepEqual(await node.system.ask(ONE, "seen"), ["a", "b", "ahead"]);
});

Deno.test("an actor that went on ahead of the disk runs again what was lost with its host, and nothing twice", async () => {
  const disk = slowToRemove();
  using gate = closeGate("ahead");
  await using node = await setup({ around: disk.around });
  await node.system.tellAll(COMMANDS);
  await gate.reached();
  node.killHost();
  gate.open();
  disk.letGo();
  await node.quiet();
  assert.deepEqual(await node.system.ask(ONE, "seen"), ["a", "b", "ahead"]);
  const attempts = node.recorder.of("turn.committed").map(({ attempt }) => attempt);
  assert.deepEqual(attempts, [1, 1, 1], "no attempt is lost");
});

Deno.test("an actor that went on ahead of the disk does it all again when the node dies before that", async () => {
  const disk = slowToRemove();
  using gate = closeGate("ahead");
  await using node = await setup({ around: disk.around });
  await node.system.tellAll(COMMANDS);
  await gate.reached();
  await node.restart();
  gate.open();
  disk.letGo();
  await node.quiet();
  assert.deepEqual(await node.system.ask(ONE, "seen"), ["a", "b", "ahead"]);
});
