import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import type { HostEvents } from "../../runtime/host/contract.ts";
import { createWorkerHost, type WorkerHostOptions } from "../../runtime/host/worker_host.ts";
import { until } from "../support/api.ts";
import { HostRig } from "../support/host_rig.ts";
import { TEST_TIMING } from "../support/host_timing.ts";
import { registry } from "../support/registry/host_registry.ts";
import { workersAlive } from "../support/workers_alive.ts";
import { hostContract } from "./host_contract.ts";

Deno.env.set("MAILROOM_HOST_TEST", "seen");

const WORKERS = 2;
const PERMISSION_SETS = 2;

function createHost(options: Partial<WorkerHostOptions> = {}) {
  return (events: HostEvents) =>
    createWorkerHost({
      workerUrl: import.meta.resolve("../support/registry/host_worker.ts"),
      registry,
      workers: WORKERS,
      clock: systemClock,
      events,
      timing: TEST_TIMING,
      ...options,
    });
}

// Before the others: workers that they leave stuck or leaving would be counted.
Deno.test("workerHost has a worker for each place of each permission set, and none after it has stopped", async () => {
  const before = await workersAlive();
  const rig = await HostRig.start(createHost());
  assert.equal(await workersAlive() - before, WORKERS * PERMISSION_SETS);
  const exiting = rig.tell({ kind: "rogue", key: "one" }, "exit", {});
  await rig.loss(exiting);
  await rig.host.stop();
  assert.equal(await workersAlive(), before);
});

hostContract("workerHost", (workers) => createHost({ workers }), { isolates: true });

Deno.test("workerHost cannot start when its worker's module fails", async () => {
  for (const broken of ["throw new Error('broken')", "syntax error", "Deno.exit(1)"]) {
    const workerUrl = `data:application/javascript,${encodeURIComponent(broken)}`;
    const timing = { ...TEST_TIMING, startTimeoutMs: 500 };
    await using rig = new HostRig(createHost({ workerUrl, timing }));
    await assert.rejects(() => rig.host.start(), { code: "host-lost" });
  }
});

Deno.test("workerHost cannot start when its worker's module never gets ready", async () => {
  const workerUrl = "data:application/javascript,await new Promise(() => {})";
  const timing = { ...TEST_TIMING, startTimeoutMs: 300 };
  await using rig = new HostRig(createHost({ workerUrl, timing }));
  await assert.rejects(() => rig.host.start(), /not ready after 300 ms/);
});

Deno.test("workerHost opens a worker beside one that computes for long, and ends the one too many afterwards", async () => {
  const before = await workersAlive();
  await using rig = await HostRig.start(createHost({ workers: 1 }));
  const long = rig.tell({ kind: "rogue", key: "long" }, "spin", { ms: 9_000 });
  const others = Array.from({ length: 20 }, (_, key) => rig.tell({ key: `${key}` }, "add", { by: key }));
  assert.deepEqual(await Promise.all(others.map((turn) => rig.result(turn))), others.map((_, key) => key));
  assert.ok(rig.recorder.log.every((one) => one.heard !== "outcome" || one.outcome.turn !== long));
  assert.equal(await workersAlive() - before, 1 + PERMISSION_SETS);
  assert.equal(await rig.result(long), null);
  await until("One worker fewer", async () => await workersAlive() - before === PERMISSION_SETS || undefined);
  assert.ok(rig.recorder.log.every(({ heard }) => heard !== "lost"));
});
