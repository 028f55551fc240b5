import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { closeGate } from "../support/gates.ts";
import { echo, patient } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";
import { readEvents } from "../support/read_events.ts";
import { setup, type TestSystem } from "../support/test_system.ts";
import { deedOf } from "../support/deeds.ts";

async function statusOf({ system }: TestSystem, id: string) {
  return (await system.point("acme", jobTables.queries.byId, { id }))!.status;
}

async function submit({ system }: TestSystem, id: string, tenant = "acme"): Promise<void> {
  await system.tell(echo.at(tenant, id), "run", { text: id }, { fresh: true });
}

Deno.test("A paused kind starts nothing for its tenant, over a restart too, and goes on when it is resumed", async () => {
  await using node = await setup();
  await node.system.control.pauseKind("acme", "echo", deedOf("ada"));
  await submit(node, "j1");
  await node.system.tell(echo.at("acme", "late"), "run", { text: "late" }, { fresh: true, delayMs: 1 });
  await node.restart();
  await submit(node, "j2");
  const others = Promise.all([
    node.recorder.next("turn.committed", ({ tenant }) => tenant === "zen"),
    node.recorder.next("turn.committed", ({ kind }) => kind === "tally"),
  ]);
  await submit(node, "j3", "zen");
  await node.system.tell(tally.at("acme", "one"), "add", { by: 1 });
  await others;
  for (const id of ["j1", "j2", "late"]) assert.equal(await statusOf(node, id), "queued");
  assert.deepEqual(node.system.control.pausedKinds("acme").map(({ kind, by }) => [kind, by]), [["echo", "ada"]]);
  assert.deepEqual(node.system.control.pausedKinds("zen"), []);
  assert.ok(node.system.control.isPaused("acme", "echo"));
  assert.ok(!node.system.control.isPaused("zen", "echo"));
  await node.system.control.resumeKind("acme", "echo", deedOf("ada"));
  await node.quiet();
  assert.deepEqual([await statusOf(node, "j1"), await statusOf(node, "j2")], ["succeeded", "succeeded"]);
  await node.restart();
  assert.deepEqual(node.system.control.pausedKinds("acme"), []);
  assert.ok(!node.system.control.isPaused("acme", "echo"));
});

Deno.test("Pausing lets what runs end, and neither act twice changes anything", async () => {
  await using node = await setup();
  const { control } = node.system;
  using gate = closeGate("held");
  await node.system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true });
  await gate.reached();
  await control.pauseKind("acme", "patient", deedOf("ada"));
  await control.pauseKind("acme", "patient", deedOf("bob"));
  gate.open();
  await node.quiet();
  assert.equal(await statusOf(node, "j1"), "succeeded");
  await control.resumeKind("acme", "patient", deedOf("ada"));
  await control.resumeKind("acme", "patient", deedOf("ada"));
  const told = (await readEvents(node.system, "acme")).filter(({ type }) => type.startsWith("kind."));
  assert.deepEqual(told.map(({ type, subject, data }) => [type, subject, JSON.parse(data).by]), [
    ["kind.paused", "kind/patient", "ada"],
    ["kind.resumed", "kind/patient", "ada"],
  ]);
  await assert.rejects(control.pauseKind("acme", "nothing", deedOf("ada")), { code: "unknown-kind" });
});

Deno.test("A wish to cancel outlives the server: what ran is cancelled and does not run again", async () => {
  await using node = await setup();
  using gate = closeGate("held", { deaf: true });
  await node.system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true });
  await gate.reached();
  assert.equal(await node.system.cancel(patient.at("acme", "j1")), "cancelling");
  await node.restart();
  await node.quiet();
  assert.deepEqual([await statusOf(node, "j1"), node.recorder.of("turn.redelivered").length], ["cancelled", 0]);
});

Deno.test("A dead letter tells what was given up and why; a retry is a new run of it, once", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(tally.at("acme", "one"), "add", { by: 5, failures: 3 }, { maxAttempts: 3, deed: deedOf("ada") });
  await node.quiet();
  const [letter] = await system.deadLetters.page({ tenant: "acme", limit: 10 });
  assert.deepEqual(
    [letter!.kind, letter!.key, letter!.name, letter!.attempts, letter!.by, letter!.error.code, letter!.error.message],
    ["tally", "one", "add", 3, "ada", "handler-failed", "Attempt 3 failed"],
  );
  assert.match(letter!.error.stack!, /tally|add/);
  assert.deepEqual(await system.deadLetters.page({ tenant: "zen", limit: 10 }), []);
  const tries = await Promise.allSettled(
    Array.from({ length: 20 }, () => system.deadLetters.retry("acme", letter!.id, deedOf("bob"))),
  );
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
  for (const tried of tries) if (tried.status === "rejected") assert.equal(tried.reason.code, "not-found");
  await node.quiet();
  const [again, ...more] = await system.deadLetters.page({ tenant: "acme", limit: 10 });
  assert.deepEqual(more, []);
  assert.notEqual(again!.id, letter!.id);
  assert.deepEqual([again!.attempts, again!.by], [3, "bob"]);
  await system.deadLetters.discard("acme", again!.id, deedOf("cleo"));
  await assert.rejects(system.deadLetters.discard("acme", again!.id), { code: "not-found" });
  const told = (await readEvents(node.system, "acme")).filter(({ type }) => /dead-letter/.test(type));
  assert.deepEqual(told.map(({ type, data }) => [type, JSON.parse(data).by]), [
    ["message.dead-lettered", undefined],
    ["dead-letter.retried", "bob"],
    ["message.dead-lettered", undefined],
    ["dead-letter.discarded", "cleo"],
  ]);
});
