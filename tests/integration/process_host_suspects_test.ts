import assert from "node:assert/strict";
import type { LostTurn } from "../../runtime/host/contract.ts";
import { processHost } from "../support/host_process.ts";
import { HostRig, type Mail, type To } from "../support/host_rig.ts";
import { TEST_TIMING } from "../support/host_timing.ts";
import { isAlive } from "../support/processes_alive.ts";

const rogue = { kind: "rogue", key: "one" };

Deno.test("processHost runs suspects in a child of their own, a fresh one after each death", async () => {
  await using rig = await HostRig.start(processHost({ workers: 2 }));
  const current = await rig.notice("child-started");
  const beside = rig.tell({ key: "beside" }, "passGate", {});
  const gate = await rig.request(beside);
  const hanging = deliverAlone(rig, rogue, ["spin", { ms: 600_000 }, 300]);
  const hoarding = deliverAlone(rig, rogue, ["hoardBuffers", {}]);
  const exiting = deliverAlone(rig, rogue, ["exit", {}]);
  const innocent = deliverAlone(rig, { key: "innocent" }, ["add", { by: 3 }]);
  assert.deepEqual(await rig.loss(hanging), culprit(hanging, "hung"));
  assert.deepEqual(await rig.loss(hoarding), culprit(hoarding, "out-of-memory"));
  assert.deepEqual(await rig.loss(exiting), culprit(exiting, "exited"));
  assert.equal(await rig.result(innocent), 3);
  rig.answer(gate, "opened");
  assert.equal(await rig.result(beside), "opened");
  assert.ok(isAlive(current.pid));
});

Deno.test("processHost names the culprit when the lone child is killed, however much waits for it", async () => {
  await using rig = await HostRig.start(processHost({ workers: 2 }));
  const current = await rig.notice("child-started");
  const [running, ...waiting] = Array.from(
    { length: 4 },
    (_, key) => deliverAlone(rig, { key: `${key}` }, ["passGate", {}]),
  );
  await rig.request(running!);
  const lone = await rig.notice("child-started", ({ pid }) => pid !== current.pid);
  Deno.kill(lone.pid, "SIGKILL");
  assert.deepEqual(await rig.loss(running!), culprit(running!, "child-lost"));
  for (const turn of waiting) {
    await rig.open(turn);
    assert.equal(await rig.result(turn), "opened");
  }
});

Deno.test("processHost names the turn of a delivery that killed the lone child, not those behind it", async () => {
  await using rig = await HostRig.start(processHost({ workers: 2 }));
  const delivery = rig.delivery(rogue, [["hoardBuffers", {}], ["spin", { ms: 1 }]]);
  rig.host.deliver([{ ...delivery, alone: "possible" }]);
  const [first, second] = delivery.envelopes.map(({ turn }) => turn);
  assert.deepEqual(await rig.loss(first!), culprit(first!, "out-of-memory"));
  const { started, culprit: isCulprit } = await rig.loss(second!);
  assert.deepEqual([started, isCulprit], [false, false]);
});

Deno.test("processHost runs some suspects at the same time, each in a child of its own, so that a long one holds up nothing", async () => {
  const timing = { ...TEST_TIMING, loneChildren: 3, loneIdleMs: 50 };
  await using rig = await HostRig.start(processHost({ workers: 2, timing }));
  const long = deliverAlone(rig, { key: "long" }, ["passGate", {}]);
  const gate = await rig.request(long);
  const hanging = deliverAlone(rig, rogue, ["spin", { ms: 600_000 }, 300]);
  const others = ["a", "b", "c", "d"].map((key) => deliverAlone(rig, { key }, ["add", { by: 1 }]));
  for (const other of others) assert.equal(await rig.result(other), 1);
  assert.deepEqual(await rig.loss(hanging), culprit(hanging, "hung"));
  rig.answer(gate, "opened");
  assert.equal(await rig.result(long), "opened");
  let ends = 0;
  await rig.notice("child-lost", ({ reason }) => reason === "nothing had to run alone" && ++ends === 2);
});

Deno.test("processHost ends the lone child when it has been idle for a while, and opens the next when needed", async () => {
  await using rig = await HostRig.start(processHost({ workers: 2, timing: { ...TEST_TIMING, loneIdleMs: 50 } }));
  for (const by of [1, 2]) {
    assert.equal(await rig.result(deliverAlone(rig, { key: `${by}` }, ["add", { by }])), by);
    let ends = 0;
    await rig.notice("child-lost", ({ reason }) => reason === "nothing had to run alone" && ++ends === by);
  }
});

Deno.test("processHost suspects what a lost child was running, and nothing that had not begun", async () => {
  await using rig = await HostRig.start(processHost({ workers: 1 }));
  const { pid } = await rig.notice("child-started");
  const turns = Array.from({ length: rig.host.slots + 5 }, (_, key) => rig.tell({ key: `${key}` }, "passGate", {}));
  const running = new Set<number>();
  await rig.recorder.first("The start of as many as there are slots", (one) => {
    if (one.heard === "started") running.add(one.turn);
    return running.size === rig.host.slots || undefined;
  });
  Deno.kill(pid, "SIGKILL");
  for (const turn of turns) {
    const expected = { turn, started: running.has(turn), culprit: false, verdict: "child-lost" as const };
    assert.deepEqual(await rig.loss(turn), expected);
  }
});

Deno.test("processHost suspects a message that was delivered at two deaths in a row, told running or not", async () => {
  await using rig = await HostRig.start(processHost({ workers: 1 }));
  const lives: LostTurn[] = [];
  for (const life of [1, 2]) {
    const started: number[] = [];
    await rig.notice("child-started", ({ pid }) => started.push(pid) === life);
    const holders = Array.from(
      { length: rig.host.slots },
      (_, key) => rig.tell({ key: `${life}-${key}` }, "passGate", {}),
    );
    const told = new Set<number>();
    await rig.recorder.first("The start of all", (one) => {
      if (one.heard === "started" && holders.includes(one.turn)) told.add(one.turn);
      return told.size === holders.length || undefined;
    });
    const behind = rig.delivery({ key: "behind" }, [["add", { by: 1 }]]);
    rig.host.deliver([{ ...behind, envelopes: behind.envelopes.map((mail) => ({ ...mail, messageId: "the same" })) }]);
    Deno.kill(started[life - 1]!, "SIGKILL");
    lives.push(await rig.loss(behind.envelopes[0]!.turn));
  }
  assert.deepEqual(lives.map(({ started, culprit }) => [started, culprit]), [[false, false], [true, false]]);
});

Deno.test("processHost excuses what ran beside a worker that hung, however its child ends", async () => {
  await using rig = await HostRig.start(processHost({ workers: 2, timing: { ...TEST_TIMING, retireGraceMs: 60_000 } }));
  const { pid } = await rig.notice("child-started");
  const beside = Array.from({ length: 8 }, (_, key) => rig.tell({ key: `${key}` }, "passGate", {}));
  for (const turn of beside) await rig.request(turn);
  const hanging = rig.tell(rogue, "spin", { ms: 600_000 }, 300);
  assert.deepEqual(await rig.loss(hanging), culprit(hanging, "hung"));
  Deno.kill(pid, "SIGKILL");
  for (const turn of beside) {
    const { started, culprit } = await rig.loss(turn);
    assert.deepEqual([started, culprit], [false, false]);
  }
});

function culprit(turn: number, verdict: LostTurn["verdict"]): LostTurn {
  return { turn, started: true, culprit: true, verdict };
}

function deliverAlone(rig: HostRig, to: To, mail: Mail): number {
  const delivery = rig.delivery(to, [mail]);
  rig.host.deliver([{ ...delivery, alone: "possible" }]);
  return delivery.envelopes[0]!.turn;
}
