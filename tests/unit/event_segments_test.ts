import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { eventsIn, type Segment, type SegmentEvent, segmentsOf } from "../../runtime/store/event_segments.ts";

const KIB = 1024;

/** Most are small; a few make a segment full before it has 128. */
const event = fc.record({
  type: fc.constantFrom("job.queued", "job.succeeded"),
  subject: fc.string({ maxLength: 12 }),
  at: fc.nat(),
  data: fc.oneof(
    { weight: 30, arbitrary: fc.json({ maxDepth: 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(20 * KIB, 40 * KIB, 70 * KIB).map((size) => `"${"x".repeat(size)}"`) },
  ),
}).map(({ type, subject, at, data }): SegmentEvent => [type, subject, at, data]);
const log = fc.array(event, { maxLength: 500, size: "max" });
const untrimmed = (segment: Segment) => ({ ...segment, trimmedTo: 0 });

Deno.test("segmentsOf() puts every event into one segment, in order, and no segment could take the next one's first", () => {
  fc.assert(fc.property(log, fc.integer({ min: 1, max: 1e9 }), (events, first) => {
    const segments = [...segmentsOf(first, events)];
    const held = segments.map((segment): SegmentEvent[] => JSON.parse(segment.events));
    assert.deepEqual(held.flat(), events);
    let next = first;
    for (const [index, segment] of segments.entries()) {
      const own = held[index]!;
      assert.deepEqual([segment.first, segment.last], [next, next + own.length - 1]);
      next = segment.last + 1;
      assert.ok(own.length <= 128);
      assert.ok(own.length === 1 || chars(own) <= 64 * KIB);
      const [follower] = held[index + 1] ?? [];
      if (follower !== undefined) assert.ok(own.length === 128 || chars([...own, follower]) > 64 * KIB);
    }
  }));
});

Deno.test("eventsIn() answers what follows a cursor and the mark, up to the limit, and takes no more segments", () => {
  const place = fc.nat({ max: 520 });
  fc.assert(fc.property(log, place, place, fc.nat({ max: 300 }), (events, after, trimmedTo, limit) => {
    const numbered = events.map(([type, subject, at, data], index) => ({ number: index + 1, type, subject, at, data }));
    const expected = numbered.filter(({ number }) => number > Math.max(after, trimmedTo)).slice(0, limit);
    const left = [...segmentsOf(1, events)].filter(({ last }) => last > Math.max(after, trimmedTo));
    let taken = 0;
    const segments = function* () {
      for (const segment of left) {
        taken++;
        yield { ...segment, trimmedTo };
      }
    };
    assert.deepEqual(eventsIn(segments(), { after, limit }), expected);
    const needed = left.filter(({ first }) => first <= (expected.at(-1)?.number ?? 0)).length;
    assert.equal(taken, needed);
  }));
});

for (const events of ['[["a","b",1,"{}"]]', '[["a","b",1,"{}"],["a","b",1,"{}"]', "null", "7"]) {
  Deno.test(`eventsIn() says that the log is corrupt when a segment of two events holds ${events}`, () => {
    assert.throws(() => eventsIn([untrimmed({ first: 4, last: 5, events })], { after: 0, limit: 9 }), {
      code: "storage-corrupt",
      message: /events 4 to 5/,
    });
  });
}

function chars(events: readonly SegmentEvent[]): number {
  return events.reduce((sum, [type, subject, , data]) => sum + type.length + subject.length + data.length, 0);
}
