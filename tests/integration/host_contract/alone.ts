import assert from "node:assert/strict";
import type { Delivery } from "../../../runtime/actor/outcome.ts";
import { type CreateHost, HostRig, type Mail } from "../../support/host_rig.ts";
import { onOneHost } from "../../support/one_host.ts";

/** Deliveries that are `alone`: suspects. */
export function aloneContract(name: string, createHost: CreateHost): void {
  onOneHost(`${name} runs suspects alone`, createHost, (promise) => {
    promise(`${name} runs what must run alone one at a time, in order, and holds up nothing else`, async (rig) => {
      const turns = ["one", "two", "three"].map((key) => deliverAlone(rig, key, ["passGate", {}])[0]!);
      for (const turn of turns) {
        const gate = await rig.request(turn);
        assert.equal(await rig.result(rig.tell({ key: `beside-${turn}` }, "add", { by: turn })), turn);
        assert.equal(await rig.result(rig.ask({ key: "one", state: { count: 42 } }, "count")), 42);
        const asking = rig.recorder.log.flatMap((one) => one.heard === "request" ? [one.request.turn] : []);
        assert.deepEqual(asking, turns.slice(0, turns.indexOf(turn) + 1));
        rig.answer(gate, "opened");
        assert.equal(await rig.result(turn), "opened");
      }
    });

    promise(`${name} runs the envelopes of a delivery that is alone in order, commit points included`, async (rig) => {
      const turns = deliverAlone(rig, "one", ["add", { by: 2 }], ["steps", { yields: 1 }], ["refuse", {}], ["add", {}]);
      const next = deliverAlone(rig, "two", ["add", { by: 5 }])[0]!;
      assert.equal(await rig.result(turns[0]!), 2);
      await rig.open(turns[1]!);
      assert.equal(await rig.result(turns[1]!), 3);
      assert.equal((await rig.failure(turns[2]!)).error.code, "handler-failed");
      assert.equal((await rig.ending(turns[3]!)).end, "returned");
      assert.equal(await rig.result(next), 5);
    });

    promise(`${name} cancels what runs alone, and what waits for that`, async (rig) => {
      const running = deliverAlone(rig, "one", ["listen", {}])[0]!;
      await rig.recorder.first("A start", (one) => one.heard === "started" ? one : undefined);
      const waiting = deliverAlone(rig, "two", ["spin", {}], ["add", { by: 1 }]);
      const partly = deliverAlone(rig, "three", ["add", { by: 1 }], ["add", { by: 1 }]);
      rig.host.cancel(waiting[0]!);
      rig.host.cancel(partly[1]!);
      assert.equal((await rig.failure(waiting[0]!)).error.code, "cancelled");
      assert.equal((await rig.ending(waiting[1]!)).end, "returned");
      rig.host.cancel(running);
      assert.equal((await rig.failure(running)).error.code, "cancelled");
      assert.equal(await rig.result(partly[0]!), 1);
      assert.ok(["done", "failed"].includes((await rig.ending(partly[1]!)).end));
    });
  });

  Deno.test(`${name} stops while turns run and wait alone`, async () => {
    const rig = await HostRig.start(createHost);
    const running = deliverAlone(rig, "one", ["passGate", {}])[0]!;
    deliverAlone(rig, "two", ["passGate", {}]);
    await rig.request(running);
    const heard = rig.recorder.log.length;
    await rig.host.stop();
    assert.deepEqual(rig.recorder.log.slice(heard), []);
  });
}

function deliverAlone(rig: HostRig, key: string, ...mail: readonly Mail[]): number[] {
  const delivery: Delivery = { ...rig.delivery({ key }, mail), alone: "possible" };
  rig.host.deliver([delivery]);
  return delivery.envelopes.map(({ turn }) => turn);
}
