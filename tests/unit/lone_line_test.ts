import assert from "node:assert/strict";
import type { Delivery, Likelihood } from "../../runtime/actor/outcome.ts";
import { LoneLine } from "../../runtime/host/lone_line.ts";
import { FakeClock } from "../support/fake_clock.ts";

function deliveryOf(turn: number, alone?: Likelihood): Delivery {
  const envelopes = [{ turn }] as unknown as Delivery["envelopes"];
  return { tenant: "t", kind: "k", key: `${turn}`, state: null, stateVersion: 1, envelopes, ...(alone && { alone }) };
}

function called(line: LoneLine, place?: number): number | undefined {
  return line.call(place)?.delivery.envelopes[0]?.turn;
}

Deno.test("LoneLine calls likely suspects first, and the others as they came", () => {
  const line = new LoneLine(new FakeClock());
  const others = line.divert([
    ...[deliveryOf(1, "possible"), deliveryOf(2), deliveryOf(3, "likely"), deliveryOf(4, "possible")],
    deliveryOf(5, "likely"),
  ]);
  assert.deepEqual(others.map(({ envelopes }) => envelopes[0]!.turn), [2]);
  assert.deepEqual([0, 1, 2, 3, 4].map((place) => called(line, place)), [3, 5, 1, 4, undefined]);
});

Deno.test("LoneLine calls one at a place, the next when that has ended", () => {
  const line = new LoneLine(new FakeClock());
  line.divert([1, 2, 3].map((turn) => deliveryOf(turn, "possible")));
  const told: string[] = [];
  const silent = { outcomes() {}, lost() {}, started() {}, live() {}, requests() {}, notice() {} };
  const events = line.heeded(silent, () => told.push("next"), 1);
  assert.deepEqual([called(line, 1), called(line, 1), called(line, 2)], [1, undefined, 2]);
  events.lost([{ turn: 2, started: true, culprit: true, verdict: "hung" }]);
  assert.deepEqual([told, called(line, 1)], [[], undefined]);
  events.lost([{ turn: 1, started: true, culprit: true, verdict: "hung" }]);
  assert.deepEqual([told, called(line, 1), line.waiting], [["next"], 3, 0]);
});
