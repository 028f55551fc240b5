import assert from "node:assert/strict";
import type { Delivery, Envelope } from "../../runtime/actor/outcome.ts";
import { LoneLine } from "../../runtime/host/lone_line.ts";
import { FakeClock } from "../support/fake_clock.ts";

const SILENT = { outcomes() {}, started() {}, live() {}, requests() {}, lost() {}, notice() {} };

function lone(turn: number, messageId: string): Delivery {
  return {
    tenant: "acme",
    kind: "any",
    key: messageId,
    state: null,
    stateVersion: 1,
    alone: true,
    envelopes: [{ turn, messageId } as Envelope],
  };
}

Deno.test("LoneLine.call() calls the newest message first, one at a time", () => {
  const line = new LoneLine(new FakeClock());
  line.divert([lone(1, "01B"), lone(2, "01C"), lone(3, "01A")]);
  const called: string[] = [];
  const callNext = () => {
    const next = line.call();
    if (next !== undefined) called.push(next.delivery.key);
  };
  const events = line.heeded(SILENT, callNext);
  callNext();
  callNext();
  assert.deepEqual(called, ["01C"]);
  for (const turn of [2, 1, 3]) events.lost([{ turn, started: true, culprit: false, verdict: "retired" }]);
  assert.deepEqual(called, ["01C", "01B", "01A"]);
  assert.equal(line.isEmpty, true);
});
