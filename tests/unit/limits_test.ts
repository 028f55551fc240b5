import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import type { RateLimit } from "../../runtime/actor/upstream.ts";
import * as limits from "../../runtime/upstream/limits.ts";

const LATE_MS = 50;
const DAY_MS = 86_400_000;

/** A step: time passes, then so many want to begin, and the state may travel as text meanwhile. */
const steps = fc.array(
  fc.record({ passMs: fc.integer({ min: 0, max: 400 }), want: fc.integer({ min: 0, max: 6 }), reload: fc.boolean() }),
  { minLength: 1, maxLength: 60 },
);
const rates = (kind: RateLimit["kind"]) =>
  fc.record({
    kind: fc.constant(kind),
    limit: fc.integer({ min: 1, max: 7 }),
    windowMs: fc.integer({ min: 10, max: 1_500 }),
  });

/** Begins as many as are allowed at each step. Answers when each was taken. */
function run(rate: RateLimit, made: readonly { passMs: number; want: number; reload: boolean }[]): number[] {
  let [book, now] = [limits.EMPTY_BOOK, 1_700_000_000_000];
  const begun: number[] = [];
  for (const { passMs, want, reload } of made) {
    now += passMs;
    const allowed = limits.remaining(book, rate, now)!;
    assert.ok(allowed >= 0 && allowed <= rate.limit);
    const count = Math.min(want, allowed);
    book = limits.taken(book, rate, { now, count, lateMs: LATE_MS });
    if (reload) book = limits.parseBook(limits.formatBook(book));
    for (let each = 0; each < count; each++) begun.push(now);
  }
  return begun;
}

Deno.test("S1-27 a sliding window lets no more than its limit reach the other side within any window, however late each is", () => {
  fc.assert(
    fc.property(
      rates("sliding-window"),
      steps,
      fc.infiniteStream(fc.integer({ min: 0, max: LATE_MS })),
      (rate, made, late) => {
        const reached = run(rate, made).map((at) => at + late.next().value!).sort((a, b) => a - b);
        for (const [index, at] of reached.entries()) {
          const nextAllowed = reached[index + rate.limit];
          assert.ok(nextAllowed === undefined || nextAllowed - at >= rate.windowMs, `${at} and ${nextAllowed}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("S1-27 a token bucket never gives more than it holds and what came back since", () => {
  fc.assert(
    fc.property(rates("token-bucket"), steps, (rate, made) => {
      const begun = run(rate, made);
      for (let first = 0; first < begun.length; first++) {
        for (let last = first; last < begun.length; last++) {
          const back = (begun[last]! - begun[first]!) * rate.limit / rate.windowMs;
          assert.ok(last - first + 1 <= rate.limit + back + 1e-2);
        }
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("a limit allows the next request at the instant that it says, and not a millisecond sooner", () => {
  const any = fc.oneof(rates("sliding-window"), rates("token-bucket"));
  fc.assert(
    fc.property(any, steps, (rate, made) => {
      let [book, now] = [limits.EMPTY_BOOK, 1_700_000_000_000];
      for (const { passMs, want } of made) {
        now += passMs;
        const count = Math.min(want, limits.remaining(book, rate, now)!);
        book = limits.taken(book, rate, { now, count, lateMs: LATE_MS });
      }
      const at = limits.availableAt(book, rate, { now, nth: 1 });
      assert.ok(limits.remaining(book, rate, at)! >= 1);
      if (at > now) assert.equal(limits.remaining(book, rate, at - 1), 0);
      const ats = [1, 2, 3, 9].map((nth) => limits.availableAt(book, rate, { now, nth }));
      assert.deepEqual(ats, ats.toSorted((a, b) => a - b));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a limit gives all that it has when nothing was taken for a window", () => {
  for (const kind of ["sliding-window", "token-bucket"] as const) {
    const rate = { kind, limit: 3, windowMs: 1_000 };
    const book = limits.taken(limits.EMPTY_BOOK, rate, { now: 5_000, count: 3, lateMs: LATE_MS });
    assert.equal(limits.remaining(book, rate, 5_000), 0);
    assert.equal(limits.remaining(book, rate, 6_000 + LATE_MS), 3);
    assert.ok(limits.idleAt(book, rate) <= 6_000 + LATE_MS);
    assert.deepEqual(limits.remaining(book, rate, limits.idleAt(book, rate)), 3);
  }
});

Deno.test("a request that is known to have reached the other side counts from then", () => {
  const rate = { kind: "sliding-window", limit: 2, windowMs: 1_000 } as const;
  const taken = limits.taken(limits.EMPTY_BOOK, rate, { now: 5_000, count: 2, lateMs: LATE_MS });
  const sooner = limits.reachedBy(taken, 5_050, 5_010);
  assert.deepEqual([6_009, 6_010, 6_050].map((now) => limits.remaining(sooner, rate, now)), [0, 1, 2]);
  const later = limits.reachedBy(taken, 5_050, 9_000);
  assert.deepEqual([6_050, 9_999, 10_000].map((now) => limits.remaining(later, rate, now)), [1, 1, 2]);
  assert.equal(limits.reachedBy(taken, 1, 2), taken);
});

Deno.test("a wait that was asked for holds up everything, is never shortened, and is a day at most", () => {
  const rate = { kind: "token-bucket", limit: 3, windowMs: 1_000 } as const;
  const book = limits.held(limits.held(limits.EMPTY_BOOK, 9_000), 8_000);
  for (const each of [rate, null]) {
    assert.equal(limits.remaining(book, each, 8_999), 0);
    assert.equal(limits.availableAt(book, each, { now: 5_000, nth: 1 }), 9_000);
    assert.equal(limits.availableAt(book, each, { now: 9_000, nth: 1 }), 9_000);
  }
  assert.equal(limits.remaining(book, null, 9_000), null);
  const forever = limits.held(limits.EMPTY_BOOK, Number.MAX_SAFE_INTEGER);
  assert.equal(limits.availableAt(forever, null, { now: 5_000, nth: 1 }), 5_000 + DAY_MS);
});

Deno.test("a clock that was set back makes nobody wait longer than a window", () => {
  for (const kind of ["sliding-window", "token-bucket"] as const) {
    const rate = { kind, limit: 2, windowMs: 1_000 };
    const book = limits.taken(limits.EMPTY_BOOK, rate, { now: 10_000_000, count: 2, lateMs: LATE_MS });
    const at = limits.availableAt(book, rate, { now: 1_000, nth: 2 });
    assert.ok(at <= 1_000 + rate.windowMs + limits.LATEST_MS, `${kind}: ${at}`);
  }
});
