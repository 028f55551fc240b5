import assert from "node:assert/strict";
import { auditRow, auditTables } from "../../runtime/access/audit.ts";
import type { Deed, System } from "../../runtime/system/contract.ts";
import { closeGate } from "../support/gates.ts";
import { readEvents } from "../support/read_events.ts";
import { echo, patient } from "../support/registry/system_jobs.ts";
import { setup } from "../support/test_system.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

function deed(system: System, by: string, at = system.now()): Deed {
  const row = auditRow({
    at,
    by,
    role: "operator",
    action: "cancelJob",
    subject: "job/j1",
    address: "",
    requestId: by,
  });
  return { by, rows: [row] };
}

async function auditedBy(system: System): Promise<string[]> {
  const { rows } = await system.query("acme", auditTables.queries.page, { limit: 100 });
  return rows.map(({ by }) => by).toReversed();
}

async function cancelledBy(system: System): Promise<unknown> {
  const told = (await readEvents(system, "acme")).filter(({ type }) => type === "job.cancelled");
  assert.equal(told.length, 1);
  return JSON.parse(told[0]!.data).by;
}

Deno.test("System.cancel() tells who cancelled a job that waits, and leaves the row of one of two at once", async () => {
  await using node = await setup();
  const { system } = node;
  const job = echo.at("acme", "j1");
  await system.tell(job, "run", { text: "never" }, { fresh: true, delayMs: 60_000 });
  const tries = await Promise.allSettled(["ada", "bob"].map((by) => system.cancel(job, deed(system, by))));
  assert.deepEqual(tries.map(({ status }) => status), ["fulfilled", "rejected"]);
  assert.deepEqual([await auditedBy(system), await cancelledBy(system)], [["ada"], "ada"]);
});

Deno.test("System.cancel() of a job that runs keeps who wished it first, and no row of who wishes it again", async () => {
  await using node = await setup();
  const { system } = node;
  const job = patient.at("acme", "j1");
  using gate = closeGate("held", { deaf: true });
  await system.tell(job, "run", { gate: "held" }, { fresh: true });
  await gate.reached();
  for (const by of ["ada", "bob"]) assert.equal(await system.cancel(job, deed(system, by)), "cancelling");
  assert.deepEqual(await auditedBy(system), ["ada"]);
  await node.restart();
  await node.quiet();
  assert.deepEqual([await auditedBy(node.system), await cancelledBy(node.system)], [["ada"], "ada"]);
});

Deno.test("the audit log is swept when it has been kept long enough, the oldest first", async () => {
  await using node = await setup({ keptMs: { audit: 365 * DAY_MS } });
  const { system, recorder } = node;
  const act = { rows: [], events: [], blobs: [], actors: [] };
  const write = (by: string, ageMs: number) => system.write("acme", act, deed(system, by, system.now() - ageMs));
  const swept = recorder.next("rows.swept", ({ what }) => what === "audit");
  for (const by of ["old", "older"]) await write(by, 366 * DAY_MS);
  await write("young", 364 * DAY_MS);
  await swept;
  assert.deepEqual(await auditedBy(system), ["young"]);
});
