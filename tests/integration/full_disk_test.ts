import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import type { RuntimeError } from "../../runtime/core/errors.ts";
import { tally } from "../support/registry/system_registry.ts";
import { echo } from "../support/registry/system_jobs.ts";
import { until } from "../support/api.ts";
import { closeGate } from "../support/gates.ts";
import { diskTest, smallDisk } from "../support/small_disk.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const MIB = 1024 * 1024;
const HOUR_MS = 60 * 60 * 1_000;
const ONE = tally.at("acme", "one");

/** A clock that goes with the machine's, and can be told that days have passed. */
function steppingClock() {
  let aheadMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    pass: (ms: number) => void (aheadMs += ms),
  };
}

async function submit({ system }: TestSystem, ids: string[], bytes: number): Promise<void> {
  const id = system.createId();
  await system.tell(echo.at("acme", id), "run", { text: "x".repeat(bytes) }, { fresh: true });
  ids.push(id);
}

/** Sends until the storage takes no more; every refusal must be its. */
async function submitUntilFull(node: TestSystem, ids: string[]): Promise<void> {
  for (;;) {
    try {
      await submit(node, ids, 30_000);
    } catch (thrown) {
      return assert.equal((thrown as RuntimeError).code, "storage-unavailable");
    }
  }
}

async function jobIds({ system }: TestSystem): Promise<string[]> {
  const rows = await system.query("acme", jobTables.queries.page, { limit: 100_000 });
  return rows.map(({ id }) => id).sort();
}

const reserveOf = (node: TestSystem) => Deno.stat(`${node.path}.reserve`).then(({ size }) => size, () => 0);

diskTest("a full disk stops new work only; what retention frees is used before there is room again (P24)", async () => {
  await using disk = await smallDisk(128 * MIB);
  const clock = steppingClock();
  await using node = await setup({ place: disk.path, sync: "full", clock, keptMs: { jobs: 24 * HOUR_MS } });
  const { system, recorder } = node;
  const old: string[] = [];
  for (let job = 0; job < 300; job++) await submit(node, old, 40_000);
  await node.quiet();
  assert.ok(await reserveOf(node) > 0);
  clock.pass(20 * HOUR_MS);

  using gate = closeGate("held");
  await system.tell(ONE, "pass", { gate: "held" });
  await gate.reached();
  const released = recorder.next("storage.reserve-released");
  disk.fill();
  const acked: string[] = [];
  await submitUntilFull(node, acked);
  await released;
  assert.equal(await reserveOf(node), 0);
  assert.equal(system.health().status, "unavailable");
  assert.equal((await jobIds(node)).length, old.length + acked.length, "reads go on while writes are refused");
  const passed = recorder.next("turn.committed", ({ kind }) => kind === "tally");
  gate.open();
  await passed;
  assert.equal(system.health().status, "unavailable", "a turn that ends is written; new work is not taken");

  disk.fill({ leave: MIB / 2 });
  const available = recorder.next("storage.available");
  clock.pass(10 * HOUR_MS);
  await available;
  await submit(node, acked, 30_000);
  await node.quiet();
  assert.deepEqual([await reserveOf(node), disk.freeBytes() <= MIB], [0, true], "the disk is as full as before");

  const restored = recorder.next("storage.reserve-restored");
  disk.free();
  await submit(node, acked, 10);
  await restored;
  await node.quiet();
  await until("what was old is gone", async () => (await jobIds(node)).length <= acked.length || undefined);
  assert.deepEqual(await jobIds(node), acked.toSorted(), "all that was taken, once");
  assert.deepEqual(await system.ask(ONE, "seen"), ["held"]);
});

diskTest("a node starts on a full disk with what was held in reserve, and takes no work (P24)", async () => {
  await using disk = await smallDisk(64 * MIB);
  await using node = await setup({ place: disk.path, sync: "full" });
  const acked: string[] = [];
  await submit(node, acked, 10);
  await node.quiet();
  await node.system.stop();
  disk.fill();
  await node.restart();
  assert.equal(await reserveOf(node), 0);
  assert.equal(node.system.health().status, "unavailable");
  await assert.rejects(submit(node, acked, 10), { code: "storage-unavailable" });
  const restored = node.recorder.next("storage.reserve-restored");
  disk.free();
  await restored;
  assert.deepEqual(await jobIds(node), acked.toSorted());
});
