import assert from "node:assert/strict";
import type { CreateHost } from "../../support/host_rig.ts";
import { onOneHost } from "../../support/one_host.ts";

/** Read-only questions about an actor's state. */
export function questionContract(name: string, createHost: CreateHost): void {
  onOneHost(`${name} answers questions`, createHost, (promise) => {
    promise(`${name} answers a question from the state it comes with`, async (rig) => {
      assert.equal(await rig.result(rig.ask({ key: "one", state: { count: 42 } }, "count")), 42);
      assert.equal(await rig.result(rig.ask({ key: "new" }, "count")), 0);
      const { changes } = await rig.outcome(rig.ask({ key: "new" }, "count"));
      assert.equal(changes, undefined);
    });

    promise(`${name} answers questions while every slot waits and more work lies behind`, async (rig) => {
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

    promise(`${name} fails questions that nobody can answer`, async (rig) => {
      const failure = async (kind: string, query: string) =>
        (await rig.failure(rig.ask({ kind, key: "one" }, query))).error;
      assert.equal((await failure("counter", "nonsense")).code, "unknown-query");
      assert.equal((await failure("unicorn", "count")).code, "unknown-kind");
      assert.equal((await failure("counter", "fail")).message, "This query fails");
    });

    promise(`${name} fails a question at its deadline or when it is cancelled`, async (rig) => {
      assert.equal((await rig.failure(rig.ask({ key: "one" }, "never", 60))).error.code, "timed-out");
      const cancelled = rig.ask({ key: "one" }, "never");
      rig.host.cancel(cancelled);
      assert.equal((await rig.failure(cancelled)).error.code, "cancelled");
    });
  });
}
