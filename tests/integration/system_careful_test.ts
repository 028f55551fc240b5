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
  for (let death = 1; death <= 10; death++) {
    await gate.reached();
    assert.equal((await jobOf(node)).attempts, Math.max(0, death - 9));
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

Deno.test("A careful start runs eight messages at a time for a minute, then as many as ever", async () => {
  const clock = new FakeClock(1_000_000);
  await using node = await setup({ clock });
  for (let death = 1; death <= 3; death++) await node.restart();
  assert.deepEqual(node.recorder.of("system.careful").map(({ uncleanStarts }) => uncleanStarts), [3]);
  using gate = closeGate("held");
  await hold(node, 9);
  await gate.reached(8);
  assert.equal(node.system.health().running, 8);
  gate.open();
  await node.quiet();
  clock.advance(60_000);
  using later = closeGate("later");
  await hold(node, 9, "later");
  await later.reached(9);
  later.open();
  await node.quiet();
});

Deno.test("While one is left that was at hand in the death of a careful life, it runs alone", async () => {
  const clock = new FakeClock(1_000_000);
  await using node = await setup({ clock });
  for (let death = 1; death <= 3; death++) await node.restart();
  using gate = closeGate("held");
  using last = closeGate("last");
  await hold(node, 2);
  await gate.reached(2);
  await node.restart();
  await gate.reached();
  assert.deepEqual([gate.waiting, node.system.health().running], [1, 1]);
  gate.open();
  await node.quiet();
  clock.advance(1_000);
  await hold(node, 4, "last");
  await last.reached(4);
  last.open();
  await node.quiet();
});

async function hold({ system }: TestSystem, count: number, gate = "held"): Promise<void> {
  for (let number = 1; number <= count; number++) {
    await system.tell(patient.at("acme", `${gate}-${number}`), "run", { gate }, { fresh: true });
  }
}
