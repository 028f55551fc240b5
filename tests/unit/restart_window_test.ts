import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { restarted } from "../../runtime/supervision/restart_window.ts";

const WINDOW = { intensity: 3, periodMs: 1_000 };

function failAt(instants: readonly number[]): readonly boolean[] {
  let restarts: readonly number[] = [];
  return instants.map((now) => {
    const next = restarted(restarts, { window: WINDOW, now });
    restarts = next.restarts;
    return next.exceeded;
  });
}

Deno.test("restarted() bears `intensity` restarts within the period, and not one more", () => {
  assert.deepEqual(failAt([0, 10, 20, 30]), [false, false, false, true]);
});

Deno.test("restarted() forgets what lies a period back", () => {
  assert.deepEqual(failAt([0, 10, 20, 1_000]), [false, false, false, false]);
  assert.deepEqual(failAt([0, 10, 20, 999]), [false, false, false, true]);
});

Deno.test("restarted() keeps no more than it needs, whatever comes", () => {
  fc.assert(fc.property(fc.array(fc.nat(3_000), { minLength: 1, maxLength: 50 }), (instants) => {
    const ordered = instants.toSorted((one, other) => one - other);
    let restarts: readonly number[] = [];
    for (const now of ordered) {
      const expected = ordered.filter((at, index) => at > now - WINDOW.periodMs && index <= ordered.lastIndexOf(now));
      ({ restarts } = restarted(restarts, { window: WINDOW, now }));
      assert.ok(restarts.length <= WINDOW.intensity + 1 && restarts.length <= expected.length);
    }
  }));
});
