import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { createRequestNumbers, laneOf } from "../../runtime/host/request_lanes.ts";

const lane = fc.record({ child: fc.nat({ max: 2 ** 11 - 1 }), worker: fc.nat({ max: 2 ** 10 - 1 }) });

Deno.test("laneOf() finds who made a request", () => {
  fc.assert(fc.property(lane, fc.integer({ min: 1, max: 50 }), (made, count) => {
    const next = createRequestNumbers(made);
    const numbers = Array.from({ length: count }, next);
    assert.ok(numbers.every(Number.isSafeInteger));
    assert.equal(new Set(numbers).size, count);
    for (const number of numbers) assert.deepEqual(laneOf(number), { ...made });
  }));
});
