import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "../support/properties.ts";
import { createFeed, type Feed, type FeedStep } from "../../runtime/events/feed.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { LogModel } from "../support/log_model.ts";
import { nextStep } from "../support/next_step.ts";

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("commit" as const), count: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resume" as const), at: fc.nat({ max: 120 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("trim" as const), share: fc.nat({ max: 100 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("tell" as const, "wait" as const) }) },
);

const turnOfLoop = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Reads until the feed closes. Answers what was told to a reader with that cursor and must not be. */
async function readToEnd(feed: Feed, log: LogModel, after: number): Promise<string[]> {
  const reader = feed.follow("acme", after);
  const faults: string[] = [];
  let cursor = after;
  for (let step = await nextStep(reader); step !== null; step = await nextStep(reader)) {
    if (step.step === "events") {
      const dense = step.events.every(({ number, data }, index) =>
        number === cursor + 1 + index && data === `${number}`
      );
      if (!dense) faults.push(`${step.events.map(({ number }) => number)} after ${cursor}`);
    } else if (!isTrue(step, { cursor, log })) faults.push(`${JSON.stringify(step)} after ${cursor}`);
    cursor = reader.cursor;
  }
  if (cursor !== log.last) faults.push(`It ended at ${cursor} of ${log.last}`);
  return faults;
}

function isTrue(
  step: Exclude<FeedStep, { step: "events" }>,
  { cursor, log }: { cursor: number; log: LogModel },
): boolean {
  if (step.step === "gap") return step.trimmedTo > cursor && step.trimmedTo <= log.trimmedTo;
  return step.last < cursor && step.last <= log.last;
}

Deno.test("FeedReader.next() leaves nothing out and tells nothing twice, whatever comes between (P14, P15)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60, size: "max" }), async (actions) => {
      const log = new LogModel();
      const clock = new FakeClock();
      const feed = createFeed(log.read, clock);
      const untold: (() => void)[] = [];
      const readers: Promise<string[]>[] = [];
      const commit = (count: number) => {
        const events = log.append(count);
        untold.push(() => feed.committed("acme", 0, { first: events[0]!.number, events }));
      };
      for (const step of actions) {
        if (step.do === "commit") commit(step.count);
        else if (step.do === "resume") readers.push(readToEnd(feed, log, Math.floor(log.last * step.at / 100)));
        else if (step.do === "trim") log.trimmedTo = Math.max(log.trimmedTo, Math.floor(log.last * step.share / 100));
        else if (step.do === "tell") untold.shift()?.();
        else await turnOfLoop().then(() => clock.advance(1));
      }
      commit(1);
      for (const tell of untold) tell();
      await turnOfLoop();
      clock.advance(1_000);
      await turnOfLoop();
      feed.close();
      assert.deepEqual((await Promise.all(readers)).flat(), []);
    }),
    { numRuns: 150 },
  );
});
