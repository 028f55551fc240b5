import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { hashOf, jitterOf } from "../../runtime/schedule/jitter.ts";
import { firstOf, LATE_MS, planTicks, SKIPPED_ROWS } from "../../runtime/schedule/plan.ts";
import { shortestGapMs, timesOf } from "../../runtime/schedule/timing.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const HOUR = 3_600_000;

Deno.test("intervals count from when they were made, whenever one looks", () => {
  const times = timesOf({ everyMs: 7_000 }, NOON + 3);
  assert.equal(times.after(NOON), NOON + 7_003);
  assert.equal(times.after(NOON - HOUR), NOON + 7_003);
  assert.equal(times.after(NOON + 7_002), NOON + 7_003);
  assert.equal(times.after(NOON + 7_003), NOON + 14_003);
  assert.deepEqual(times.latest({ after: NOON + 7_003, until: NOON + 28_003, limit: 9 }), [
    ...[NOON + 28_003, NOON + 21_003, NOON + 14_003],
  ]);
  assert.deepEqual(times.latest({ after: 0, until: NOON + 28_003, limit: 2 }), [NOON + 28_003, NOON + 21_003]);
  assert.deepEqual(times.latest({ after: 0, until: NOON + 7_002, limit: 2 }), []);
});

for (const everyMs of [0, 999, -5_000, 1_000.5, NaN, Infinity, 2 ** 53]) {
  Deno.test(`an interval of ${everyMs} ms is refused`, () => {
    assert.throws(() => timesOf({ everyMs }, NOON), { code: "invalid-message" });
  });
}

Deno.test("shortestGapMs() finds the shortest of unequal gaps", () => {
  const gap = (cron: string) => shortestGapMs({ cron, timeZone: "Europe/Berlin" }, NOON);
  assert.equal(gap("* * * * *"), 60_000);
  assert.equal(gap("0,10 8 * * MON"), 600_000);
  assert.equal(gap("59 23 31 12 *"), 365 * 24 * HOUR);
  assert.equal(gap("0 0 1,2 1 *"), 24 * HOUR);
  assert.equal(shortestGapMs({ everyMs: 5_000 }, NOON), 5_000);
});

const catchUp = fc.constantFrom("all" as const, "latest" as const, "skip" as const);
const everyMs = fc.constantFrom(1_000, 7_000, 60_000, 89_999, 90_000, 90_001, HOUR, 26 * HOUR);

/** What the contract says, instant by instant. */
function oracle(
  { everyMs, nextAt, now, catchUp, catchUpLimit }: {
    readonly everyMs: number;
    readonly nextAt: number;
    readonly now: number;
    readonly catchUp: "all" | "latest" | "skip";
    readonly catchUpLimit: number;
  },
) {
  const missed: number[] = [];
  const due: number[] = [];
  let instant = nextAt;
  for (; instant <= now; instant += everyMs) (now - instant > LATE_MS ? missed : due).push(instant);
  const kept = catchUp === "skip" ? 0 : catchUp === "latest" ? 1 : catchUpLimit;
  const skipped = missed.slice(0, Math.max(0, missed.length - kept));
  return {
    sends: [
      ...missed.slice(skipped.length).map((instant) => ({ instant, cause: "caught-up" as const })),
      ...due.map((instant) => ({ instant, cause: "due" as const })),
    ],
    skipped: skipped.slice(-SKIPPED_ROWS),
    nextAt: instant,
  };
}

Deno.test("planTicks() sends what its policy says of what was missed, and all that is due, in order", () => {
  fc.assert(
    fc.property(
      fc.record({
        everyMs,
        catchUp,
        catchUpLimit: fc.integer({ min: 1, max: 1_000 }),
        late: fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 40 * HOUR })),
        number: fc.integer({ min: 1, max: 1_000 }),
      }),
      ({ everyMs, late, number, ...policy }) => {
        const nextAt = NOON + number * everyMs;
        const now = nextAt + late;
        const plan = planTicks(timesOf({ everyMs }, NOON), { ...policy, nextAt }, now);
        assert.deepEqual(plan, oracle({ everyMs, nextAt, now, ...policy }));
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("firstOf() lets a schedule go on with the first that is not sent yet", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 3 * HOUR }), (limit, late) => {
      const schedule = { catchUp: "all", catchUpLimit: 1_000 } as const;
      const times = timesOf({ everyMs: 60_000 }, NOON);
      const now = NOON + 60_000 + late;
      const whole = planTicks(times, { ...schedule, nextAt: NOON + 60_000 }, now);
      const sent: number[] = [];
      for (let nextAt: number | null = NOON + 60_000; nextAt !== null && nextAt <= now;) {
        const part = firstOf(planTicks(times, { ...schedule, nextAt }, now), limit);
        assert.ok(part.sends.length <= limit);
        sent.push(...part.sends.map(({ instant }) => instant));
        nextAt = part.nextAt;
      }
      assert.deepEqual(sent, whole.sends.map(({ instant }) => instant));
    }),
  );
});

Deno.test("planTicks() keeps an instant that its timing does not have any more, and goes on with those that it has", () => {
  const times = timesOf({ cron: "0 * * * *", timeZone: "UTC" }, NOON);
  const plan = planTicks(times, { catchUp: "all", catchUpLimit: 5, nextAt: NOON + 60_000 }, NOON + HOUR);
  assert.deepEqual(plan, {
    sends: [{ instant: NOON + 60_000, cause: "caught-up" }, { instant: NOON + HOUR, cause: "due" }],
    skipped: [],
    nextAt: NOON + 2 * HOUR,
  });
});

Deno.test("planTicks() of a minute's cron that was missed for ten years looks at no more than it needs", () => {
  const times = timesOf({ cron: "* * * * *", timeZone: "Europe/Berlin" }, NOON);
  const now = NOON + 10 * 365 * 24 * HOUR;
  const plan = planTicks(times, { catchUp: "latest", catchUpLimit: 1, nextAt: NOON }, now);
  assert.deepEqual([plan.sends.length, plan.skipped.length], [1 + 2, SKIPPED_ROWS]);
  assert.equal(plan.nextAt, now + 60_000);
});

Deno.test("jitterOf() is the same for an instant whoever asks, spreads over what is allowed, and keeps the order", () => {
  const schedule = { tenant: "acme", name: "hourly", jitterMs: 10_000 };
  const at = (number: number) => ({ instant: NOON + number * 60_000, nextAt: NOON + (number + 1) * 60_000 });
  const jitters = Array.from({ length: 2_000 }, (_, number) => jitterOf(schedule, at(number)));
  assert.deepEqual(jitters, Array.from({ length: 2_000 }, (_, number) => jitterOf({ ...schedule }, at(number))));
  assert.ok(jitters.every((jitter) => Number.isInteger(jitter) && jitter >= 0 && jitter <= 10_000));
  for (let tenth = 0; tenth < 10; tenth++) {
    const inIt = jitters.filter((jitter) => jitter >= tenth * 1_000 && jitter < (tenth + 1) * 1_000).length;
    assert.ok(inIt > 140 && inIt < 260, `${inIt} of 2000 in the tenth ${tenth}`);
  }
  assert.notDeepEqual(
    jitters,
    Array.from({ length: 2_000 }, (_, number) => jitterOf({ ...schedule, name: "other" }, at(number))),
  );
  const crowded = { instant: NOON, nextAt: NOON + 2_000 };
  for (const name of ["a", "b", "c", "d", "e"]) assert.ok(jitterOf({ ...schedule, name }, crowded) <= 1_000);
  assert.equal(jitterOf({ ...schedule, jitterMs: 0 }, at(1)), 0);
  assert.equal(hashOf(schedule, NOON), hashOf({ tenant: "acme", name: "hourly" }, NOON));
});
