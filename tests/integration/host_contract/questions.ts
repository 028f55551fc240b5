import assert from "node:assert/strict";
import { type CreateHost, HostRig } from "../../support/host_rig.ts";

/** Read-only questions about an actor's state. */
export function questionContract(name: string, createHost: CreateHost): void {
  Deno.test(`${name} answers a question from the state it comes with`, async () => {
    await using rig = await HostRig.start(createHost);
    assert.equal(await rig.result(rig.ask({ key: "one", state: { count: 42 } }, "count")), 42);
    assert.equal(await rig.result(rig.ask({ key: "new" }, "count")), 0);
    const { changes } = await rig.outcome(rig.ask({ key: "new" }, "count"));
    assert.equal(changes, undefined);
  });

  Deno.test(`${name} answers questions while every slot waits and more work lies behind`, async () => {
    await using rig = await HostRig.start(createHost);
    const { slots } = rig.host;
    const waiting = Array.from({ length: 2 * slots }, (_, key) => rig.tell({ key: `${key}` }, "passGate", {}));
    let requests = 0;
    await rig.recorder.first(
      "A request of every slot",
      ({ heard }) => heard === "request" && ++requests === slots || undefined,
    );
    await rig.recorder.first("A start", ({ heard }) => heard === "started" || undefined);
    assert.equal(await rig.result(rig.ask({ key: "one", state: { count: 42 } }, "count")), 42);
    await Promise.all(waiting.map(async (turn) => {
      await rig.open(turn);
      await rig.result(turn);
    }));
  });

  Deno.test(`${name} fails questions that nobody can answer`, async () => {
    await using rig = await HostRig.start(createHost);
    const failure = async (kind: string, query: string) =>
      (await rig.failure(rig.ask({ kind, key: "one" }, query))).error;
    assert.equal((await failure("counter", "nonsense")).code, "unknown-query");
    assert.equal((await failure("unicorn", "count")).code, "unknown-kind");
    assert.equal((await failure("counter", "fail")).message, "This query fails");
  });

  Deno.test(`${name} fails a question at its deadline or when it is cancelled`, async () => {
    await using rig = await HostRig.start(createHost);
    assert.equal((await rig.failure(rig.ask({ key: "one" }, "never", 60))).error.code, "timed-out");
    const cancelled = rig.ask({ key: "one" }, "never");
    rig.host.cancel(cancelled);
    assert.equal((await rig.failure(cancelled)).error.code, "cancelled");
  });
}
