import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { Store } from "../../runtime/store/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import { closeGate } from "../support/gates.ts";
import { echo, flaky, patient, stepping } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";
import { readEvents } from "../support/read_events.ts";
import { setup } from "../support/test_system.ts";

async function statusOf(system: System, id: string): Promise<[string, number]> {
  const job = await system.point("acme", jobTables.queries.byId, { id });
  return [job!.status, job!.attempts];
}

Deno.test("System.cancel() removes a message that waits before it resolves", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(echo.at("acme", "j1"), "run", { text: "never" }, { fresh: true, delayMs: 60_000 });
  assert.equal(await system.cancel(echo.at("acme", "j1")), "cancelled");
  assert.deepEqual(await statusOf(system, "j1"), ["cancelled", 0]);
  assert.equal(system.health().pending, 0);
});

Deno.test("System.cancel() lets the next message of the actor come", async () => {
  await using node = await setup();
  const { system } = node;
  const one = tally.at("acme", "one");
  await system.tell(one, "add", { by: 1, text: "first" }, { delayMs: 60_000 });
  await system.tell(one, "add", { by: 1, text: "second" }, { delayMs: 60_000 });
  await system.tell(one, "add", { by: 1, failures: 99 }, { maxAttempts: 1 });
  await node.recorder.until(() => system.health().pending === 2);
  await system.cancel(one);
  await system.cancel(one);
  await assert.rejects(system.cancel(one), { code: "not-found" });
  assert.equal(await system.inspect(one), null);
});

Deno.test("System.cancel() aborts a turn that runs, whose outcome decides, and no retry follows", async () => {
  await using node = await setup();
  const { system } = node;
  using gate = closeGate("held");
  await system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true });
  await gate.reached();
  const cancelled = node.recorder.next("turn.cancelled");
  assert.equal(await system.cancel(patient.at("acme", "j1")), "cancelling");
  await cancelled;
  assert.deepEqual(await statusOf(system, "j1"), ["cancelled", 1]);
  assert.equal(system.health().pending, 0);
});

Deno.test("System.cancel() leaves a turn its retries when the store has refused the wish", async () => {
  let isFull = false;
  const around = (store: Store): Store => ({
    ...store,
    write(batch) {
      if (isFull) throw new RuntimeError("storage-unavailable", "The disk is full", { retryable: true });
      return store.write(batch);
    },
  });
  await using node = await setup({ around });
  const { system } = node;
  const job = patient.at("acme", "j1");
  {
    using gate = closeGate("held-in-vain");
    await system.tell(job, "run", { gate: "held-in-vain" }, { fresh: true });
    await gate.reached();
    isFull = true;
    await assert.rejects(system.cancel(job), { code: "storage-unavailable" });
    isFull = false;
    node.killHost({ culprit: true });
  }
  await node.quiet();
  assert.deepEqual(await statusOf(system, "j1"), ["succeeded", 2]);
});

Deno.test("System.cancel() keeps what a running job committed at its commit points", async () => {
  await using node = await setup();
  const { system } = node;
  using gate = closeGate("held-2");
  await system.tell(stepping.at("acme", "j1"), "run", { steps: 5, gate: "held" }, { fresh: true });
  await gate.reached();
  await system.cancel(stepping.at("acme", "j1"));
  await node.quiet();
  assert.deepEqual(await statusOf(system, "j1"), ["cancelled", 1]);
  const steps = (await readEvents(system, "acme")).filter(({ type }) => type === "step.taken");
  assert.deepEqual(steps.map(({ data }) => JSON.parse(data).step), [1, 2]);
  assert.equal(await system.inspect(stepping.at("acme", "j1")), null);
});

Deno.test("System.cancel() ends a job that waits for its next attempt", async () => {
  await using node = await setup();
  const { system, recorder } = node;
  const retried = recorder.next("turn.retried");
  await system.tell(flaky.at("acme", "j1"), "run", { failures: 99 }, { fresh: true, maxAttempts: 1_000 });
  await retried;
  for (;;) {
    const how = await system.cancel(flaky.at("acme", "j1")).catch(({ code }) => code);
    if (how !== "conflict") break;
  }
  await node.quiet();
  assert.equal((await statusOf(system, "j1"))[0], "cancelled");
});

Deno.test("System.cancel() answers not-found for an actor without mail, also of another tenant (P13)", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(echo.at("acme", "j1"), "run", { text: "later" }, { fresh: true, delayMs: 60_000 });
  await assert.rejects(system.cancel(echo.at("acme", "j2")), { code: "not-found" });
  await assert.rejects(system.cancel(echo.at("zen", "j1")), { code: "not-found" });
  assert.equal((await statusOf(system, "j1"))[0], "queued");
});

Deno.test("System.cancel() called twice at once removes one message", async () => {
  await using node = await setup();
  const { system } = node;
  const one = tally.at("acme", "one");
  for (const text of ["first", "second"]) await system.tell(one, "add", { by: 1, text }, { delayMs: 60_000 });
  const [first, second] = await Promise.allSettled([system.cancel(one), system.cancel(one)]);
  assert.deepEqual([first.status, second.status], ["fulfilled", "rejected"]);
  assert.equal(system.health().pending, 1);
});
