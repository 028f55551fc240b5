import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { processHost } from "../support/host_process.ts";
import { HostRig } from "../support/host_rig.ts";
import { TEST_TIMING } from "../support/host_timing.ts";
import { isAlive, whenGone } from "../support/processes_alive.ts";

const rogue = { kind: "rogue", key: "one" };
/** Long enough that a heap that is slow to fill is not taken for a hang first. */
const timing = { ...TEST_TIMING, stuckAfterMs: 30_000 };

for (const hoard of ["hoard", "hoardBuffers"]) {
  Deno.test(`processHost kills a child for the memory that a handler takes with ${hoard}, and knows which`, async () => {
    await using rig = await HostRig.start(processHost({ workers: 2, timing }));
    const { pid } = await rig.notice("child-started");
    const hoarding = rig.tell(rogue, hoard, {});
    const behind = rig.tell({ key: "behind" }, "add", { by: 1 });
    assert.deepEqual(await rig.loss(hoarding), {
      turn: hoarding,
      started: true,
      culprit: true,
      verdict: "out-of-memory",
    });
    const ended = await rig.ended(behind);
    assert.ok(ended.by === "outcome" || !ended.lost.started);
    assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
    assert.equal((await rig.notice("child-lost")).reason, "it held too much memory");
    await whenGone(pid);
  });
}

Deno.test("processHost takes new work from a child that holds much memory, and lets what runs there end", async () => {
  await using rig = await HostRig.start(processHost({ memoryMb: 512, workers: 1 }));
  const { pid } = await rig.notice("child-started");
  const holding = rig.tell(rogue, "hold", { mib: 480 });
  const gate = await rig.request(holding);
  await rig.notice("child-started", (started) => started.pid !== pid);
  assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
  assert.ok(isAlive(pid));
  rig.answer(gate, "opened");
  assert.equal(await rig.result(holding), 480);
  const { reason, lost } = await rig.notice("child-lost");
  assert.deepEqual([reason, lost], ["it held much memory", 0]);
  assert.ok(rig.recorder.log.every(({ heard }) => heard !== "lost"));
});

Deno.test("processHost does not wait for what runs in a child that holds much memory when a worker there hangs", async () => {
  await using rig = await HostRig.start(processHost({ workers: 2, memoryMb: 512 }));
  const { pid } = await rig.notice("child-started");
  const hanging = rig.tell(rogue, "spin", { ms: 600_000 }, 4_000);
  await rig.recorder.first("A start", (one) => one.heard === "started" ? one : undefined);
  const holding = rig.tell({ ...rogue, key: "two" }, "hold", { mib: 540 });
  await rig.request(holding);
  await rig.notice("child-started", (started) => started.pid !== pid);
  assert.deepEqual(await rig.loss(hanging), { turn: hanging, started: true, culprit: true, verdict: "hung" });
  assert.deepEqual(await rig.loss(holding), { turn: holding, started: false, culprit: false, verdict: "retired" });
  await whenGone(pid);
});

Deno.test("processHost knows the death of a full heap where nobody watches the memory yet", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "worker.ts");
  await Deno.writeTextFile(path, "const all = []; for (;;) all.push(new Array(1_000_000).fill(0));");
  await using rig = new HostRig(processHost({ workers: 2, workerUrl: pathToFileURL(path).href, timing }));
  await assert.rejects(() => rig.host.start(), { code: "host-lost", message: /a heap in it was full/ });
  await Deno.remove(folder, { recursive: true });
});
