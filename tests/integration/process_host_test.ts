import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import type { HostEvents } from "../../runtime/host/contract.ts";
import { createProcessHost, type ProcessHostOptions } from "../../runtime/host/process_host.ts";
import { before } from "../support/deadline.ts";
import { HostRig } from "../support/host_rig.ts";
import { isAlive, whenGone } from "../support/processes_alive.ts";
import { registry } from "../support/registry/host_registry.ts";
import { hostContract } from "./host_contract.ts";

const configPath = new URL(import.meta.resolve("../deno.json")).pathname;

function createHost(options: Partial<ProcessHostOptions> = {}) {
  return (events: HostEvents) =>
    createProcessHost({
      workerUrl: import.meta.resolve("../support/registry/host_worker.ts"),
      registry,
      workers: 2,
      memoryMb: 64,
      configUrl: import.meta.resolve("../deno.json"),
      sourceUrls: [],
      env: { ...Deno.env.toObject(), MAILROOM_HOST_TEST: "seen" },
      clock: systemClock,
      events,
      timing: { startTimeoutMs: 60_000, stuckAfterMs: 1_200, retireGraceMs: 800 },
      ...options,
    });
}

hostContract("processHost", createHost(), { isolates: true });

Deno.test("processHost loses all turns of a child that is killed, and a fresh child runs what comes next", async () => {
  await using rig = await HostRig.start(createHost());
  const { pid } = await rig.notice("child-started");
  const waiting = Array.from({ length: 3 }, (_, key) => rig.tell({ key: `${key}` }, "passGate", {}));
  await Promise.all(waiting.map((turn) => rig.request(turn)));
  Deno.kill(pid, "SIGKILL");
  for (const turn of waiting) {
    assert.deepEqual(await rig.loss(turn), { turn, started: true, culprit: false, verdict: "child-lost" });
  }
  assert.deepEqual(await rig.notice("child-lost"), {
    notice: "child-lost",
    pid,
    reason: "it died of SIGKILL",
    lost: 3,
  });
  assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
  assert.ok(!isAlive(pid));
});

Deno.test("processHost blames the only turn of a child that runs out of memory", async () => {
  const timing = { startTimeoutMs: 60_000, stuckAfterMs: 30_000, retireGraceMs: 800 };
  await using rig = await HostRig.start(createHost({ timing }));
  const hoarding = rig.tell({ kind: "rogue", key: "one" }, "hoard", {});
  const { started, culprit, verdict } = await rig.loss(hoarding);
  assert.deepEqual({ started, culprit, verdict }, { started: true, culprit: true, verdict: "out-of-memory" });
  assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
});

Deno.test("processHost keeps what is delivered while no child is there, in order, cancels too", async () => {
  await using rig = await HostRig.start(createHost());
  const { pid } = await rig.notice("child-started");
  Deno.kill(pid, "SIGKILL");
  await rig.notice("child-lost");
  const turns = Array.from({ length: 20 }, (_, by) => rig.tell({ key: `${by}` }, "add", { by }));
  const asked = rig.ask({ key: "one", state: { count: 7 } }, "count");
  const cancelled = rig.tell({ key: "late" }, "listen", {});
  rig.host.cancel(cancelled);
  assert.deepEqual(await Promise.all(turns.map((turn) => rig.result(turn))), turns.map((_, by) => by));
  assert.equal(await rig.result(asked), 7);
  assert.equal((await rig.failure(cancelled)).error.code, "cancelled");
});

Deno.test("processHost replaces a child that gives no sign of life", async () => {
  await using rig = await HostRig.start(createHost());
  const { pid } = await rig.notice("child-started");
  const turn = rig.tell({ key: "one" }, "passGate", {});
  await rig.request(turn);
  Deno.kill(pid, "SIGSTOP");
  await rig.notice("child-started", (started) => started.pid !== pid);
  assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
  assert.deepEqual(await rig.loss(turn), { turn, started: true, culprit: true, verdict: "hung" });
  assert.ok(!isAlive(pid));
});

Deno.test("processHost kills the child of a turn that hangs once the others have ended", async () => {
  const timing = { startTimeoutMs: 60_000, stuckAfterMs: 1_200, retireGraceMs: 60_000 };
  await using rig = await HostRig.start(createHost({ timing }));
  const { pid } = await rig.notice("child-started");
  await rig.loss(rig.tell({ kind: "rogue", key: "one" }, "spin", { ms: 60_000 }, 500));
  const { lost } = await rig.notice("child-lost", (notice) => notice.pid === pid);
  assert.equal(lost, 0);
  assert.ok(!isAlive(pid));
});

Deno.test("processHost has a child that ignores SIGINT, SIGTERM and SIGHUP", async () => {
  await using rig = await HostRig.start(createHost());
  const { pid } = await rig.notice("child-started");
  const turn = rig.tell({ key: "one" }, "passGate", {});
  await rig.request(turn);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.kill(pid, signal);
  assert.equal(await rig.result(rig.tell({ key: "two" }, "add", { by: 1 })), 1);
  assert.ok(isAlive(pid));
});

Deno.test("processHost takes what handlers print for output and nothing else", async () => {
  await using rig = await HostRig.start(createHost());
  assert.equal(await rig.result(rig.tell({ kind: "rogue", key: "one" }, "shout", {})), null);
  await rig.notice("output", ({ line }) => line === '{"frame":"outcomes","outcomes":[]}');
  const long = await rig.notice("output", ({ line }) => line.includes("xxx"));
  assert.deepEqual([long.line.length, long.stream], [2_000, "stdout"]);
  assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
});

Deno.test("processHost says why it cannot start", async () => {
  const workerUrl = import.meta.resolve("../support/registry/no_such_worker.ts");
  await using rig = new HostRig(createHost({ workerUrl }));
  await assert.rejects(() => rig.host.start(), { code: "host-lost", message: /no_such_worker/ });
});

Deno.test("processHost leaves no process behind when it stops, whatever runs", async () => {
  const rig = await HostRig.start(createHost());
  const { pid } = await rig.notice("child-started");
  rig.tell({ kind: "rogue", key: "one" }, "spin", { ms: 60_000 });
  await rig.request(rig.tell({ key: "one" }, "passGate", {}));
  await rig.host.stop();
  assert.ok(!isAlive(pid));
});

Deno.test("processHost leaves no orphan and no folder when its program is killed", async () => {
  const tmp = await Deno.makeTempDir();
  const program = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", configPath, import.meta.resolve("../support/host_parent.ts")],
    env: { TMPDIR: tmp },
    stdout: "piped",
  }).spawn();
  const { value } = await program.stdout.pipeThrough(new TextDecoderStream()).values().next();
  const child = Number(value);
  assert.ok(isAlive(child));
  program.kill("SIGKILL");
  await program.status;
  await before(whenGone(child), 10_000, () => new Error("The child lives on"));
  assert.deepEqual([...Deno.readDirSync(tmp)], []);
  await Deno.remove(tmp);
});
