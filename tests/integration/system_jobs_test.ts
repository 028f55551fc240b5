import assert from "node:assert/strict";
import type { AttemptRow, JobRow } from "../../actors/job/rows.ts";
import { jobTables } from "../../actors/job/tables.ts";
import type { System } from "../../runtime/system/contract.ts";
import { closeGate } from "../support/gates.ts";
import { readEvents } from "../support/read_events.ts";
import { echo, flaky, patient } from "../support/registry/system_jobs.ts";
import { setup } from "../support/test_system.ts";
import { deedOf } from "../support/deeds.ts";

async function jobOf(system: System, id: string): Promise<JobRow> {
  return (await system.point("acme", jobTables.queries.byId, { id }))!;
}

async function attemptsOf(system: System, id: string): Promise<readonly AttemptRow[]> {
  return await system.query("acme", jobTables.queries.attempts, { id });
}

async function typesOf(system: System): Promise<string[]> {
  return (await readEvents(system, "acme")).map(({ type }) => type);
}

Deno.test("A job is queued, runs and succeeds with its result (S2-1, S2-2, S2-3, S2-5, S2-6)", async () => {
  await using node = await setup();
  const { system } = node;
  const told = await system.tell(echo.at("acme", "j1"), "run", { text: "hello" }, { fresh: true, deed: deedOf("ann") });
  await node.quiet();
  const job = await jobOf(system, "j1");
  assert.deepEqual([job.status, job.attempts, job.createdBy], ["succeeded", 1, "ann"]);
  assert.deepEqual(JSON.parse(job.result!), {
    text: "hello",
    effectKey: told.accepted ? `${told.messageId}.print` : "",
  });
  assert.deepEqual(await typesOf(system), ["job.queued", "job.succeeded"]);
});

Deno.test("A job leaves a row for each attempt, with its lines and its error (S2-4, S2-7, S2-8, S2-21)", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(flaky.at("acme", "j1"), "run", { failures: 2 }, { fresh: true });
  await node.quiet();
  const attempts = await attemptsOf(system, "j1");
  assert.deepEqual(attempts.map(({ attempt, outcome }) => [attempt, outcome]), [[1, "failed"], [2, "failed"], [
    3,
    "succeeded",
  ]]);
  assert.deepEqual(attempts.map(({ lines }) => JSON.parse(lines)[0].message), ["attempt 1", "attempt 2", "attempt 3"]);
  assert.match(JSON.parse(attempts[0]!.error!).stack, /Attempt 1 failed/);
  const job = await jobOf(system, "j1");
  assert.deepEqual([job.status, job.attempts, JSON.parse(job.lastError!).message], [
    "succeeded",
    3,
    "Attempt 2 failed",
  ]);
});

Deno.test("A job that fails for the last time is failed, with the error to be seen (S2-9, S2-10)", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(flaky.at("acme", "j1"), "run", { failures: 99 }, { fresh: true });
  await system.tell(flaky.at("acme", "j2"), "run", { failures: 0, terminal: true }, { fresh: true });
  await node.quiet();
  const [often, once] = [await jobOf(system, "j1"), await jobOf(system, "j2")];
  assert.deepEqual([often.status, often.attempts, JSON.parse(often.error!).message], ["failed", 3, "Attempt 3 failed"]);
  assert.deepEqual([once.status, once.attempts, JSON.parse(once.error!).message], ["failed", 1, "It will never work"]);
});

Deno.test("A job is running once it has lasted a while, and its progress is to be seen, at most four times a second", async () => {
  await using node = await setup();
  const { system, recorder } = node;
  using gate = closeGate("long");
  await system.tell(patient.at("acme", "j1"), "run", { gate: "long", progress: 50 }, { fresh: true });
  await gate.reached();
  await recorder.until(() => recorder.of("batch.committed").length >= 4);
  const running = await jobOf(system, "j1");
  assert.equal(running.status, "running");
  gate.open();
  await node.quiet();
  const types = await typesOf(system);
  assert.equal(types.filter((type) => type === "job.started").length, 1);
  assert.ok(types.filter((type) => type === "job.progressed").length <= 3, types.join());
  const job = await jobOf(system, "j1");
  assert.deepEqual([job.status, JSON.parse(job.progress!)], ["succeeded", { done: 50, total: 50 }]);
});

Deno.test("A finished job runs again when a person asks for it, as a new run with new effect keys (P5)", async () => {
  await using node = await setup();
  const { system } = node;
  const told = [await system.tell(echo.at("acme", "j1"), "run", { text: "one" }, { fresh: true })];
  await node.quiet();
  const first = await jobOf(system, "j1");
  told.push(await system.tell(echo.at("acme", "j1"), "run", { text: "one" }, { again: 1 }));
  await node.quiet();
  const second = await jobOf(system, "j1");
  assert.deepEqual([first.run, second.run, second.status, second.attempts], [1, 2, "succeeded", 1]);
  assert.notEqual(first.result, second.result, "the effect key is another one");
  assert.deepEqual((await attemptsOf(system, "j1")).map(({ run, attempt }) => [run, attempt]), [[1, 1], [2, 1]]);
});

Deno.test("A run that somebody has repeated is not repeated by who asks late, although the job is finished again", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(echo.at("acme", "j1"), "run", { text: "one" }, { fresh: true });
  await node.quiet();
  await system.tell(echo.at("acme", "j1"), "run", { text: "one" }, { again: 1 });
  await node.quiet();
  await assert.rejects(system.tell(echo.at("acme", "j1"), "run", { text: "one" }, { again: 1 }), { code: "conflict" });
  assert.deepEqual([(await jobOf(system, "j1")).run, (await attemptsOf(system, "j1")).length], [2, 2]);
});

Deno.test("A job that is not finished does not run again", async () => {
  await using node = await setup();
  const { system } = node;
  using gate = closeGate("busy");
  await system.tell(patient.at("acme", "j1"), "run", { gate: "busy" }, { fresh: true });
  await gate.reached();
  const again = system.tell(patient.at("acme", "j1"), "run", { gate: "busy" }, { again: 1 });
  await assert.rejects(again, { code: "conflict" });
  gate.open();
  await node.quiet();
  assert.equal((await jobOf(system, "j1")).run, 1);
});

Deno.test("A job of a key that is taken is refused, and the first one is left alone", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(echo.at("acme", "j1"), "run", { text: "one" }, { fresh: true });
  await node.quiet();
  await assert.rejects(system.tell(echo.at("acme", "j1"), "run", { text: "two" }), { code: "constraint" });
  assert.equal(JSON.parse((await jobOf(system, "j1")).result!).text, "one");
});
