import assert from "node:assert/strict";
import { RuntimeError, serializeError } from "../../../runtime/core/errors.ts";
import type { CreateHost } from "../../support/host_rig.ts";
import { onOneHost } from "../../support/one_host.ts";

/** What turns ask of the server, and commit points. */
export function requestContract(name: string, createHost: CreateHost): void {
  onOneHost(`${name} carries what turns ask of the server`, createHost, (promise) => {
    promise(`${name} carries queries, asks and blobs to the server and the answers back`, async (rig) => {
      const turn = rig.tell({ key: "one" }, "look", { id: "a", blob: "b" });
      const query = await rig.request(turn);
      assert.deepEqual({ ...query, request: 0 }, {
        turn,
        request: 0,
        want: "query",
        tables: "shelf",
        query: "get",
        args: '{"id":"a"}',
      });
      rig.answer(query, { found: "it" });
      const ask = await rig.request(turn);
      assert.deepEqual(ask.want === "ask" && ask.to, { tenant: "acme", kind: "gate", key: "main" });
      rig.answer(ask, "wide");
      const chunk = await rig.request(turn);
      assert.deepEqual(chunk.want === "blob" && [chunk.id, chunk.fromByte], ["b", 0]);
      rig.answer(chunk, new Uint8Array(1_000).toBase64());
      const next = await rig.request(turn);
      assert.equal(next.want === "blob" && next.fromByte, 1_000);
      rig.answer(next, "");
      assert.deepEqual(await rig.result(turn), { found: "it", open: "wide", bytes: 1_000 });
      assert.equal(new Set([query, ask, chunk, next].map(({ request }) => request)).size, 4);
    });

    promise(`${name} throws an answer's error in the handler, and ignores answers to nobody`, async (rig) => {
      const turn = rig.tell({ key: "one" }, "passGate", {});
      const { request } = await rig.request(turn);
      const error = serializeError(new RuntimeError("not-found", "There is no such gate"));
      rig.host.answer([{ request: request + 1, value: "1" }, { request, error }, { request, value: "2" }]);
      const failure = await rig.failure(turn);
      assert.deepEqual([failure.error.code, failure.error.retryable], ["not-found", false]);
    });

    promise(`${name} tells an actor's outcomes before the request it makes after them`, async (rig) => {
      const [first, second] = rig.deliver({ key: "one" }, ["add", { by: 1 }], ["passGate", {}]);
      const gate = await rig.request(second!);
      const heard = rig.recorder.log.filter((one) => one.heard === "outcome" || one.heard === "request");
      assert.deepEqual(heard.map(({ heard }) => heard), ["outcome", "request"]);
      assert.equal(await rig.result(first!), 1);
      rig.answer(gate, "opened");
      await rig.result(second!);
    });

    promise(`${name} goes on behind a commit point when the server answers`, async (rig) => {
      const [steps, after] = rig.deliver({ key: "one" }, ["steps", { yields: 2 }], ["add", { by: 1 }]);
      for (const count of [1, 2]) {
        const request = await rig.request(steps!);
        assert.equal(request.want, "commit-point");
        const last = rig.recorder.log.findLast(({ heard }) => heard === "outcome");
        assert.deepEqual(last?.heard === "outcome" && [last.outcome.ending.end, last.outcome.changes?.state], [
          "commit-point",
          `{"count":${count}}`,
        ]);
        assert.equal(last?.heard === "outcome" && last.outcome.changes?.events.length, 1);
        rig.answer(request, null);
      }
      assert.equal(await rig.result(steps!), 2);
      assert.equal(await rig.result(after!), 3);
    });

    promise(`${name} ends a turn at the commit point that the server refuses`, async (rig) => {
      const turn = rig.tell({ key: "one" }, "steps", { yields: 2 });
      const { request } = await rig.request(turn);
      rig.host.answer([{ request, error: serializeError(new RuntimeError("fenced", "This node has lost the actor")) }]);
      assert.equal((await rig.failure(turn)).error.code, "fenced");
    });
  });
}
