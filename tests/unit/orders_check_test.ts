import assert from "node:assert/strict";
import type { SweepReport } from "../../actors/order/sweep_messages.ts";
import { faultsOf } from "../../routes/orders_check.ts";

const MINUTE_MS = 60_000;
const WELL: SweepReport = {
  ...{ at: 10 * MINUTE_MS, durationMs: 20, looked: "recent", found: 3, sent: 3, refused: 0, hasMore: false },
  ...{ ended: 40, failed: 20 },
};
const faults = (report: Partial<SweepReport>, minutesLater = 1) =>
  faultsOf({ ...WELL, ...report }, { everyMs: MINUTE_MS, now: WELL.at + minutesLater * MINUTE_MS });

Deno.test("the health of orders knows when the sweep last ran (S3-39)", () => {
  assert.deepEqual(faults({}, 3), []);
  assert.deepEqual(faults({}, 4), ["the last sweep was 240000 ms ago and comes every 60000 ms"]);
});

Deno.test("the health of orders fails when more than half of the orders of an hour do, if they are ten (S3-40, S3-49)", () => {
  assert.deepEqual(faults({ failed: 21 }), ["21 of the last 40 orders within an hour have failed"]);
  assert.deepEqual(faults({ ended: 9, failed: 9 }), []);
  assert.deepEqual(faults({ ended: 10, failed: 6 }).length, 1);
});

Deno.test("the health of orders fails when a sweep takes too long, or cannot send to an order (S3-41, S3-28)", () => {
  assert.deepEqual(faults({ durationMs: 10_001 }), ["the last sweep took 10001 ms"]);
  assert.deepEqual(faults({ durationMs: 10_000 }), []);
  assert.deepEqual(faults({ refused: 2 }), ["2 orders could not be sent again"]);
});
