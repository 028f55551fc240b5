import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { closeGate } from "../support/gates.ts";
import { readEvents } from "../support/read_events.ts";
import { patient, stepping } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";
import { setup } from "../support/test_system.ts";

const ONE = tally.at("acme", "one");

Deno.test("A node that dies keeps everything that was acknowledged, and goes on with it (P1, P23, S2-23)", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(ONE, "pass", { gate: "held" });
  await node.system.tell(ONE, "add", { by: 1, text: "behind" });
  await node.system.tell(tally.at("acme", "two"), "add", { by: 2 }, { delayMs: 50 });
  await gate.reached();
  await node.restart();
  assert.equal(node.system.health().pending, 3);
  gate.open();
  await node.quiet();
  assert.deepEqual(await node.system.ask(ONE, "seen"), ["held", "behind"]);
  assert.equal(await node.system.ask(tally.at("acme", "two"), "count"), 2);
});

Deno.test("A node that dies burns no attempt of what it ran", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true, maxAttempts: 1 });
  for (let life = 0; life < 3; life++) {
    await gate.reached();
    await node.restart();
  }
  gate.open();
  await node.quiet();
  const job = await node.system.point("acme", jobTables.queries.byId, { id: "j1" });
  assert.deepEqual([job?.status, job?.attempts], ["succeeded", 1]);
});

Deno.test("A job of commit points goes on from its last one after a crash (P3)", async () => {
  await using node = await setup();
  using gate = closeGate("step-2");
  await node.system.tell(stepping.at("acme", "j1"), "run", { steps: 4, gate: "step" }, { fresh: true });
  await gate.reached();
  await node.restart();
  await gate.reached();
  gate.open();
  await node.quiet();
  const job = await node.system.point("acme", jobTables.queries.byId, { id: "j1" });
  assert.deepEqual([job?.status, JSON.parse(job!.result!)], ["succeeded", { began: 2 }]);
  const steps = (await readEvents(node.system, "acme")).filter(({ type }) => type === "step.taken");
  assert.deepEqual(steps.map(({ data }) => JSON.parse(data).step), [1, 2, 3, 4]);
});

Deno.test("System.stop() lets turns finish, and commits what they did (P22)", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(ONE, "pass", { gate: "held" });
  await gate.reached();
  const stopped = node.system.stop({ graceMs: 5_000 });
  assert.equal(node.system.health().status, "stopping");
  await assert.rejects(node.system.tell(ONE, "add", { by: 1 }), { code: "stopping" });
  gate.open();
  await stopped;
  assert.deepEqual([node.system.health().status, node.armed], ["stopped", 0]);
  await node.restart();
  assert.deepEqual([node.system.health().pending, await node.system.ask(ONE, "seen")], [0, ["held"]]);
});

Deno.test("System.stop() hands back what does not finish in time, with no attempt burned (P22)", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true, maxAttempts: 1 });
  await gate.reached();
  await Promise.all([node.system.stop({ graceMs: 0 }), node.system.stop()]);
  assert.equal(node.armed, 0);
  gate.open();
  await node.restart();
  await node.quiet();
  const job = await node.system.point("acme", jobTables.queries.byId, { id: "j1" });
  assert.deepEqual([job?.status, job?.attempts], ["succeeded", 1]);
});

Deno.test("A feed's reader goes on where it was in a new life of the node (P14)", async () => {
  await using node = await setup();
  for (let by = 1; by <= 3; by++) await node.system.tell(ONE, "add", { by });
  await node.quiet();
  await node.restart();
  const reading = readEvents(node.system, "acme", { after: 2, count: 2 });
  await node.system.tell(ONE, "add", { by: 4 });
  assert.deepEqual((await reading).map(({ number }) => number), [3, 4]);
});
