import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { idRanges } from "../../actors/job/id_ranges.ts";
import { createIds } from "../../runtime/core/ids.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { FakeClock } from "../support/fake_clock.ts";

const instant = fc.integer({ min: 0, max: 4e12 });

Deno.test("idRanges() hold each id of the span once, and hardly any other", () => {
  const span = fc.record({
    createdFrom: fc.option(instant, { nil: undefined }),
    createdUntil: fc.option(instant, { nil: undefined }),
  });
  fc.assert(fc.property(span, instant, fc.integer({ min: -900, max: 900 }), (span, at, driftMs) => {
    const { createdFrom = 0, createdUntil = Infinity } = span;
    const holding = holds(idRanges(span), createIds(new FakeClock(Math.max(0, at + driftMs)), seededRandom(1))());
    if (at >= createdFrom && at < createdUntil) assert.equal(holding, 1);
    if (at < createdFrom - 2_000 || at > createdUntil + 2_000) assert.equal(holding, 0);
  }));
});

Deno.test("idRanges() hold ids that are no ULIDs, whatever the span", () => {
  for (
    const span of [{}, { createdFrom: 5e11 }, { createdUntil: 5e11 }, { createdFrom: 5e11, createdUntil: 6e11 }, {
      createdFrom: 9e15,
    }]
  ) {
    for (const id of ["job-1", "Zoe", "~", "-x", "+", "9"]) {
      assert.equal(holds(idRanges(span), id), 1, `${JSON.stringify(span)} ${id}`);
    }
  }
});

function holds(ranges: ReturnType<typeof idRanges>, id: string): number {
  return ranges.filter(({ from = "", until = "\u{ffff}" }) => id >= from && id < until).length;
}
