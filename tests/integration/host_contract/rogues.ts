import assert from "node:assert/strict";
import type { TurnRequest } from "../../../runtime/actor/outcome.ts";
import { laneOf } from "../../../runtime/host/request_lanes.ts";
import { type CreateHost, HostRig } from "../../support/host_rig.ts";

/** Handlers that hold the event loop. The host under test takes a worker to be stuck after 0.8 s. */
export function rogueContract(name: string, createHost: CreateHost): void {
  Deno.test(`${name} lets nothing wait behind a handler that holds its loop while another worker is free`, async () => {
    await using rig = await HostRig.start(createHost);
    // A worker that has yet to start would be no free one.
    const gates = await gatesInTwoWorkers(rig);
    for (const gate of gates) rig.answer(gate, "opened");
    for (const { turn } of gates) await rig.result(turn);
    const long = rig.tell({ kind: "rogue", key: "long" }, "spin", { ms: 1_000 });
    const others = Array.from({ length: 40 }, (_, key) => rig.tell({ key: `${key}` }, "add", { by: key }));
    assert.deepEqual(await Promise.all(others.map((turn) => rig.result(turn))), others.map((_, key) => key));
    assert.ok(rig.recorder.log.every((one) => one.heard !== "outcome" || one.outcome.turn !== long));
    assert.equal(await rig.result(long), null);
  });

  Deno.test(`${name} lets a handler compute for as long as its deadline allows`, async () => {
    await using rig = await HostRig.start(createHost);
    const long = rig.tell({ kind: "rogue", key: "long" }, "spin", { ms: 1_300 }, 30_000);
    const [steps] = rig.deliver({ key: "steps" }, ["steps", { yields: 1 }, 30_000]);
    await rig.open(steps!);
    assert.equal(await rig.result(steps!), 1);
    assert.equal(await rig.result(long), null);
    assert.ok(rig.recorder.log.every(({ heard }) => heard !== "lost"));
  });

  Deno.test(`${name} suspects every turn of a worker that hangs where any may be the cause`, async () => {
    await using rig = await HostRig.start(createHost);
    const rogues = Array.from({ length: 2 }, (_, key) => rig.tell({ key: `${key}` }, "passGate", {}));
    for (const turn of rogues) await rig.request(turn);
    const hanging = rig.tell({ kind: "rogue", key: "one" }, "spinMicrotasks", {}, 500);
    const loss = await rig.loss(hanging);
    assert.deepEqual([loss.started, loss.culprit, loss.verdict], [true, false, "hung"]);
    const suspects = rig.recorder.log.flatMap((one) => one.heard === "lost" && one.lost.started ? [one.lost] : []);
    assert.ok(suspects.length >= 2 && suspects.every(({ culprit, verdict }) => !culprit && verdict === "hung"));
  });

  Deno.test(`${name} replaces a worker whose loop is held by what an ended turn left behind`, async () => {
    await using rig = await HostRig.start(createHost);
    assert.equal(await rig.result(rig.tell({ kind: "rogue", key: "one" }, "leaveSpinning", {})), null);
    const replaced = rig.recorder.first("The end of its worker, or of the child around it", (one) => {
      if (one.heard !== "notice") return undefined;
      const { notice } = one;
      return notice.notice === "worker-replaced" && notice.reason === "hung" ||
        notice.notice === "child-lost" && notice.reason === "it was stuck" || undefined;
    });
    const turns: number[] = [];
    // What comes before the loop is held may end as ever, and then there is nothing that it holds up.
    let isReplaced: boolean | undefined;
    while (!isReplaced) {
      const more = Array.from({ length: 40 }, (_, key) => rig.tell({ key: `${key}` }, "add", { by: 1 }));
      turns.push(...more);
      isReplaced = await Promise.race([replaced, Promise.all(more.map((turn) => rig.ended(turn))).then(() => false)]);
    }
    for (const turn of turns) {
      const ended = await rig.ended(turn);
      assert.ok(ended.by === "outcome" || !ended.lost.started);
    }
  });

  Deno.test(`${name} loses the turn that hangs, knows it for the culprit, and goes on`, async () => {
    await using rig = await HostRig.start(createHost);
    const [hanging, behind] = rig.deliver({ kind: "rogue", key: "one" }, ["spin", { ms: 2_500 }, 500], ["spin", {
      ms: 1,
    }]);
    const verdict = "hung";
    assert.deepEqual(await rig.loss(hanging!), { turn: hanging, started: true, culprit: true, verdict });
    assert.deepEqual(await rig.loss(behind!), { turn: behind, started: false, culprit: false, verdict });
    const after = Array.from({ length: 40 }, (_, key) => rig.tell({ key: `${key}` }, "add", { by: 1 }));
    await Promise.all(after.map((turn) => rig.result(turn)));
  });

  Deno.test(`${name} lets the turns of other workers end beside one that hangs`, async () => {
    await using rig = await HostRig.start(createHost);
    const gates = await gatesInTwoWorkers(rig);
    const { started, verdict } = await rig.loss(rig.tell({ kind: "rogue", key: "one" }, "spin", { ms: 2_500 }, 500));
    assert.deepEqual([started, verdict], [true, "hung"]);
    for (const gate of gates) rig.answer(gate, "opened");
    const ends = await Promise.all(
      gates.map(async (gate) => ({ worker: workerOf(gate), ...await rig.ended(gate.turn) })),
    );
    const [lost, ended] = [ends.filter(({ by }) => by === "loss"), ends.filter(({ by }) => by === "outcome")];
    assert.ok(lost.length > 0 && ended.length > 0);
    assert.ok(lost.every(({ worker }) => ended.every((other) => other.worker !== worker)));
    assert.ok(lost.every((end) => end.by === "loss" && !end.lost.started && !end.lost.culprit));
    assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
  });

  Deno.test(`${name} retires the worker of a turn that was given up`, async () => {
    await using rig = await HostRig.start(createHost);
    const gates = await gatesInTwoWorkers(rig);
    const ignoring = rig.tell({ kind: "rogue", key: "one" }, "ignoreAbort", {}, 60);
    assert.ok((await rig.failure(ignoring)).abandoned);
    const { reason, lost } = await rig.notice("worker-replaced");
    const losses = rig.recorder.log.flatMap((one) => one.heard === "lost" ? [one.lost] : []);
    const workers = new Set(gates.filter(({ turn }) => losses.some((loss) => loss.turn === turn)).map(workerOf));
    assert.equal(workers.size, 1);
    const there = gates.filter((gate) => workers.has(workerOf(gate)));
    assert.deepEqual([reason, lost], ["retired", there.length]);
    const ones = losses.map(({ culprit, verdict }) => [culprit, verdict]);
    assert.deepEqual(ones, there.map(() => [false, "retired"]));
  });
}

/** Turns that wait for an answer, as many as it takes until two workers have one. */
async function gatesInTwoWorkers(rig: HostRig): Promise<readonly TurnRequest[]> {
  const gates: TurnRequest[] = [];
  while (new Set(gates.map(workerOf)).size < 2) {
    gates.push(await rig.request(rig.tell({ key: `gate-${gates.length}` }, "passGate", {})));
  }
  return gates;
}

/** Which worker made a request. */
function workerOf({ request }: TurnRequest): number {
  return laneOf(request).worker;
}
