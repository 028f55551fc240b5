import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { closeGate } from "../support/gates.ts";
import { patient, stepping } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const ONE = tally.at("acme", "one");

async function jobOf({ system }: TestSystem, id = "j1") {
  return (await system.point("acme", jobTables.queries.byId, { id }))!;
}

Deno.test("A turn whose host dies runs again at the cost of no attempt, and so does what lay behind it (P11)", async () => {
  await using node = await setup();
  const { system, recorder } = node;
  using gate = closeGate("held");
  await system.tell(ONE, "pass", { gate: "held" }, { maxAttempts: 1 });
  await system.tell(ONE, "add", { by: 1, text: "behind" });
  await gate.reached();
  node.killHost();
  gate.open();
  await node.quiet();
  assert.deepEqual(await system.ask(ONE, "seen"), ["held", "behind"]);
  assert.deepEqual(recorder.of("turn.redelivered").map(({ attempt }) => attempt), [1]);
});

Deno.test("A message that takes its host down three times is given up, however many attempts it has (P11)", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true, maxAttempts: 100 });
  for (let death = 1; death <= 3; death++) {
    await gate.reached();
    node.killHost({ culprit: true });
    await node.recorder.until(() => gate.waiting === (death < 3 ? 1 : 0));
  }
  await node.quiet();
  const job = await jobOf(node);
  assert.deepEqual([job.status, job.attempts, JSON.parse(job.error!).code], ["failed", 3, "host-lost"]);
});

Deno.test("Crashes are counted over restarts of the server", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true, maxAttempts: 100 });
  for (let death = 1; death <= 3; death++) {
    await gate.reached();
    const decided = node.recorder.next(death < 3 ? "turn.retried" : "message.dead-lettered");
    node.killHost({ culprit: true });
    await decided;
    await node.restart();
  }
  assert.equal((await jobOf(node)).status, "failed");
});

Deno.test("A new job of commit points goes on from its last one when its host dies (P3)", async () => {
  await using node = await setup();
  using gate = closeGate("step-2");
  await node.system.tell(stepping.at("acme", "j1"), "run", { steps: 4, gate: "step" }, { fresh: true });
  await gate.reached();
  node.killHost();
  gate.open();
  await node.quiet();
  assert.deepEqual(JSON.parse((await jobOf(node)).result!), { began: 2 });
  assert.equal(await node.system.inspect(stepping.at("acme", "j1")), null);
});

Deno.test("A job that someone wished to cancel is cancelled when its host dies, and does not run again", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true });
  await gate.reached();
  const cancelling = node.system.cancel(patient.at("acme", "j1"));
  node.killHost();
  assert.equal(await cancelling, "cancelling");
  await node.quiet();
  assert.equal((await jobOf(node)).status, "cancelled");
});

Deno.test("System.ask() rejects when the host dies before it has answered", async () => {
  await using node = await setup();
  const asked = assert.rejects(node.system.ask(ONE, "never"), { code: "host-lost", retryable: true });
  await new Promise((resolve) => setTimeout(resolve));
  node.killHost();
  await asked;
});

Deno.test("Context.ask() is answered also when turns that ask take up all slots of the host", async () => {
  await using node = await setup({ slots: 4 });
  const { system } = node;
  const tenants = ["acme", "zen", "third"];
  for (const tenant of tenants) await system.tell(tally.at(tenant, "asked"), "add", { by: 7 });
  await node.quiet();
  const askers = tenants.flatMap((tenant) => [1, 2, 3, 4].map((key) => tally.at(tenant, `k${key}`)));
  await Promise.all(askers.map((to) => system.tell(to, "ask", { of: "asked" })));
  await node.quiet();
  assert.deepEqual(new Set(await Promise.all(askers.map((to) => system.ask(to, "count")))), new Set([7]));
});
