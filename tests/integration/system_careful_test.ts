import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { closeGate } from "../support/gates.ts";
import { patient, stepping } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const J1 = patient.at("acme", "j1");

async function jobOf({ system }: TestSystem, id = "j1") {
  return (await system.point("acme", jobTables.queries.byId, { id }))!;
}

/** Dies with the job at hand until the node starts carefully: three times. */
async function untilCareful(node: TestSystem, reached: () => Promise<void>): Promise<void> {
  while (node.recorder.of("system.careful").length === 0) {
    await reached();
    await node.restart();
  }
}

Deno.test("A message at hand in every death of the server is found within the careful starts, and the rest is done (P11)", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(J1, "run", { gate: "held" }, { fresh: true, maxAttempts: 100 });
  await node.system.tell(tally.at("acme", "one"), "add", { by: 1 }, { delayMs: 1 });
  await untilCareful(node, gate.reached);
  assert.equal(node.recorder.of("system.ready").length, 4);
  for (let death = 1; death <= 3; death++) {
    await gate.reached();
    assert.equal((await jobOf(node)).attempts, Math.max(0, death - 2));
    await node.restart();
  }
  await gate.reached();
  await node.restart();
  await node.quiet();
  const job = await jobOf(node);
  assert.deepEqual([job.status, job.attempts, JSON.parse(job.error!).code], ["failed", 3, "host-lost"]);
  assert.equal(await node.system.ask(tally.at("acme", "one"), "count"), 1);
});

Deno.test("One death may be chance: it costs nothing, nor does a death after a commit point", async () => {
  await using node = await setup();
  using first = closeGate("step-0");
  using second = closeGate("step-1");
  await node.system.tell(stepping.at("acme", "j1"), "run", { steps: 2, gate: "step" }, { fresh: true, maxAttempts: 1 });
  await untilCareful(node, first.reached);
  await first.reached();
  await node.restart();
  await first.reached();
  first.open();
  await second.reached();
  await node.restart();
  await second.reached();
  second.open();
  await node.quiet();
  assert.deepEqual([(await jobOf(node)).status, (await jobOf(node)).attempts], ["succeeded", 1]);
});

Deno.test("A careful start runs one message at a time for a minute, then as many as ever", async () => {
  const clock = new FakeClock(1_000_000);
  await using node = await setup({ clock });
  for (let death = 1; death <= 3; death++) await node.restart();
  assert.deepEqual(node.recorder.of("system.careful").map(({ uncleanStarts }) => uncleanStarts), [3]);
  using gate = closeGate("held");
  for (const id of ["j1", "j2"]) {
    await node.system.tell(patient.at("acme", id), "run", { gate: "held" }, { fresh: true });
  }
  await gate.reached();
  assert.deepEqual([gate.waiting, node.system.health().running], [1, 1]);
  clock.advance(60_000);
  await node.recorder.until(() => gate.waiting === 2);
  gate.open();
  await node.quiet();
});
