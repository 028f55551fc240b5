import assert from "node:assert/strict";
import type { CreateHost, HostRig } from "../../support/host_rig.ts";
import { onOneHost } from "../../support/one_host.ts";

/** What runs beside what. */
export function concurrencyContract(name: string, createHost: CreateHost): void {
  onOneHost(`${name} runs side by side what may be`, createHost, (promise) => {
    promise(`${name} runs different actors at the same time and ends them as they finish`, async (rig) => {
      const [one, two] = [rig.tell({ key: "one" }, "passGate", {}), rig.tell({ key: "two" }, "passGate", {})];
      const [gateOne, gateTwo] = [await rig.request(one), await rig.request(two)];
      rig.answer(gateTwo, "second");
      assert.equal(await rig.result(two), "second");
      rig.answer(gateOne, "first");
      assert.equal(await rig.result(one), "first");
    });

    promise(`${name} runs the envelopes of one actor one at a time`, async (rig) => {
      const [first, second] = rig.deliver({ key: "one" }, ["passGate", {}], ["passGate", {}]);
      const gate = await rig.request(first!);
      await rig.result(rig.tell({ key: "two" }, "add", { by: 1 }));
      assert.equal(rig.recorder.log.filter(({ heard }) => heard === "request").length, 1);
      rig.answer(gate, "opened");
      await rig.open(second!);
      await rig.result(second!);
    });

    promise(`${name} runs as many handlers as it has slots, and the next when one ends`, async (rig) => {
      const { slots } = rig.host;
      const waiting = Array.from(
        { length: slots + 1 },
        (_, actor) => rig.tell({ key: `actor-${actor}` }, "passGate", {}),
      );
      const running = await firstToAsk(rig, slots);
      assert.equal(rig.recorder.log.filter(({ heard }) => heard === "request").length, slots);
      await rig.open(running[0]!);
      await rig.result(running[0]!);
      const last = waiting.find((turn) => !running.includes(turn))!;
      await rig.open(last);
      await rig.result(last);
      for (const turn of running.slice(1)) await rig.open(turn);
      await Promise.all(waiting.map((turn) => rig.result(turn)));
    });

    promise(`${name} tells the start of a turn that lasts, and of no other`, async (rig) => {
      const [quick, lasting] = rig.deliver({ key: "one" }, ["add", { by: 1 }], ["passGate", {}]);
      const startedAt = await rig.recorder.first("A start", (one) => one.heard === "started" ? one : undefined);
      assert.equal(startedAt.turn, lasting);
      await rig.open(lasting!);
      assert.ok(Math.abs((await rig.outcome(lasting!)).startedAt - startedAt.startedAt) < 100);
      assert.ok(rig.recorder.log.every((one) => one.heard !== "started" || one.turn !== quick));
    });

    promise(`${name} aborts the signal of a cancelled turn and believes its outcome`, async (rig) => {
      const [listening, behind] = rig.deliver({ key: "one" }, ["listen", {}], ["add", { by: 1 }]);
      await rig.recorder.first("A start", (one) => one.heard === "started" ? one : undefined);
      rig.host.cancel(listening!);
      rig.host.cancel(123_456);
      assert.equal((await rig.failure(listening!)).error.code, "cancelled");
      assert.equal((await rig.ending(behind!)).end, "returned");
    });

    promise(`${name} does not start a turn that was cancelled before`, async (rig) => {
      const [first, second] = rig.deliver({ key: "one" }, ["passGate", {}], ["add", { by: 1 }]);
      const gate = await rig.request(first!);
      rig.host.cancel(second!);
      rig.answer(gate, "opened");
      await rig.result(first!);
      assert.equal((await rig.failure(second!)).error.code, "cancelled");
    });
  });
}

/** The first `count` turns that make a request. */
async function firstToAsk(rig: HostRig, count: number): Promise<number[]> {
  const asked: number[] = [];
  await rig.recorder.first(`${count} requests`, (one) => {
    if (one.heard === "request") asked.push(one.request.turn);
    return asked.length === count ? asked : undefined;
  });
  return asked;
}
