import assert from "node:assert/strict";
import { processHost } from "../support/host_process.ts";
import { HostRig } from "../support/host_rig.ts";
import { TEST_TIMING } from "../support/host_timing.ts";
import { groupOf } from "../support/process_tree.ts";
import { isAlive } from "../support/processes_alive.ts";
import { hostContract } from "./host_contract.ts";

const env = { ...Deno.env.toObject(), MAILROOM_HOST_TEST: "seen" };

hostContract("processHost", (workers) => processHost({ env, workers }), { isolates: true });

Deno.test("processHost loses all turns of a child that is killed, and a fresh child runs what comes next", async () => {
  await using rig = await HostRig.start(processHost());
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

Deno.test("processHost keeps what is delivered while no child is there, in order, cancels too", async () => {
  await using rig = await HostRig.start(processHost());
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
  await using rig = await HostRig.start(processHost());
  const { pid } = await rig.notice("child-started");
  const turn = rig.tell({ key: "one" }, "passGate", {});
  await rig.request(turn);
  Deno.kill(pid, "SIGSTOP");
  await rig.notice("child-started", (started) => started.pid !== pid);
  assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
  assert.deepEqual(await rig.loss(turn), { turn, started: true, culprit: true, verdict: "hung" });
  assert.ok(!isAlive(pid));
});

Deno.test("processHost accuses nobody in a child that was held up from outside and speaks again", async () => {
  await using rig = await HostRig.start(processHost({ timing: { ...TEST_TIMING, retireGraceMs: 2_500 } }));
  const { pid } = await rig.notice("child-started");
  const turn = rig.tell({ key: "one" }, "passGate", {});
  await rig.request(turn);
  Deno.kill(pid, "SIGSTOP");
  await rig.notice("child-started", (started) => started.pid !== pid);
  Deno.kill(pid, "SIGCONT");
  assert.deepEqual(await rig.loss(turn), { turn, started: false, culprit: false, verdict: "retired" });
});

Deno.test("processHost kills the child of a turn that hangs once the others have ended", async () => {
  const timing = { ...TEST_TIMING, retireGraceMs: 60_000 };
  await using rig = await HostRig.start(processHost({ timing }));
  const { pid } = await rig.notice("child-started");
  await rig.loss(rig.tell({ kind: "rogue", key: "one" }, "spin", { ms: 60_000 }, 500));
  const { lost } = await rig.notice("child-lost", (notice) => notice.pid === pid);
  assert.equal(lost, 0);
  assert.ok(!isAlive(pid));
});

Deno.test("processHost has a child that no signal of a terminal reaches, and that ignores SIGINT, SIGTERM and SIGHUP", async () => {
  await using rig = await HostRig.start(processHost());
  const { pid } = await rig.notice("child-started");
  const turn = rig.tell({ key: "one" }, "passGate", {});
  await rig.request(turn);
  assert.equal(groupOf(pid), pid);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.kill(pid, signal);
  assert.equal(await rig.result(rig.tell({ key: "two" }, "add", { by: 1 })), 1);
  assert.ok(isAlive(pid));
});

Deno.test("processHost takes what handlers print for output and nothing else", async () => {
  await using rig = await HostRig.start(processHost());
  assert.equal(await rig.result(rig.tell({ kind: "rogue", key: "one" }, "shout", {})), null);
  await rig.notice("output", ({ line }) => line === '{"frame":"outcomes","outcomes":[]}');
  const long = await rig.notice("output", ({ line }) => line.includes("xxx"));
  assert.deepEqual([long.line.length, long.stream], [2_000, "stdout"]);
  assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
});

Deno.test("processHost says why it cannot start", async () => {
  const workerUrl = import.meta.resolve("../support/registry/no_such_worker.ts");
  await using rig = new HostRig(processHost({ workerUrl }));
  await assert.rejects(() => rig.host.start(), { code: "host-lost", message: /no_such_worker/ });
});

Deno.test("processHost says what Deno said of a child that ended before it could say anything itself", async () => {
  await using rig = new HostRig(processHost({ configUrl: "file:///no/such/deno.json" }));
  const message = /cannot start: it exited with code 1; error: .*no\/such/;
  await assert.rejects(() => rig.host.start(), { code: "host-lost", message });
});

Deno.test("processHost leaves no process behind when it stops, whatever runs", async () => {
  const rig = await HostRig.start(processHost());
  const { pid } = await rig.notice("child-started");
  await rig.request(rig.tell({ key: "one" }, "passGate", {}));
  const spinning = rig.tell({ kind: "rogue", key: "one" }, "spin", { ms: 60_000 });
  await rig.recorder.first("Its start", (one) => one.heard === "started" && one.turn === spinning || undefined);
  await rig.host.stop();
  assert.ok(!isAlive(pid));
});
