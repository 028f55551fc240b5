import assert from "node:assert/strict";
import { type CreateHost, HostRig } from "../../support/host_rig.ts";
import { onOneHost } from "../../support/one_host.ts";

/** What happens to handlers that take too long but let the event loop live. */
export function deadlineContract(name: string, createHost: CreateHost): void {
  onOneHost(`${name} keeps deadlines`, createHost, (promise) => {
    promise(`${name} aborts a turn at its deadline`, async (rig) => {
      const [late, behind] = rig.deliver({ key: "one" }, ["listen", {}, 60], ["add", { by: 1 }]);
      const { error, abandoned } = await rig.failure(late!);
      assert.deepEqual([error.code, error.retryable, abandoned], ["timed-out", true, undefined]);
      assert.equal((await rig.ending(behind!)).end, "returned");
    });

    promise(`${name} refuses a request that is open at the deadline`, async (rig) => {
      const turn = rig.tell({ key: "one" }, "passGate", {}, 60);
      assert.equal((await rig.failure(turn)).error.code, "timed-out");
    });

    promise(`${name} counts a deadline anew from each commit point, and not while the server commits`, async (rig) => {
      const slow = rig.tell({ key: "slow" }, "steps", { yields: 1 }, 500);
      const commit = await rig.request(slow);
      assert.equal((await rig.failure(rig.tell({ key: "two" }, "listen", {}, 1_200))).error.code, "timed-out");
      rig.answer(commit, null);
      assert.equal(await rig.result(slow), 1);
    });

    promise(`${name} bounds a whole attempt, commit points or not`, async (rig) => {
      const turn = rig.tell({ key: "one" }, "steps", { yields: 3 }, 30_000, 1_500);
      await rig.open(turn);
      await rig.request(turn);
      const { error } = await rig.failure(turn);
      assert.equal(error.code, "timed-out");
      assert.match(error.message, /1500 ms of its attempt/);
    });
  });

  Deno.test(`${name} gives up a turn that goes on after its deadline, and runs others meanwhile`, async () => {
    await using rig = await HostRig.start(createHost);
    const turn = rig.tell({ kind: "rogue", key: "one" }, "ignoreAbort", {}, 60);
    const others = Array.from({ length: 20 }, (_, key) => rig.tell({ key: `${key}` }, "add", { by: key }));
    assert.deepEqual(await Promise.all(others.map((other) => rig.result(other))), others.map((_, key) => key));
    const { error, abandoned } = await rig.failure(turn);
    assert.deepEqual([error.code, abandoned], ["timed-out", true]);
    assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
  });

  Deno.test(`${name} gives up a cancelled turn that goes on until its deadline`, async () => {
    await using rig = await HostRig.start(createHost);
    const turn = rig.tell({ kind: "rogue", key: "one" }, "ignoreAbort", {}, 1_200);
    await rig.recorder.first("A start", (one) => one.heard === "started" ? one : undefined);
    rig.host.cancel(turn);
    const { error, abandoned } = await rig.failure(turn);
    assert.deepEqual([error.code, abandoned], ["cancelled", true]);
  });
}
