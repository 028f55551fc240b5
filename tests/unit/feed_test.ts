import assert from "node:assert/strict";
import { createFeed, type Feed, type FeedReader } from "../../runtime/events/feed.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { LogModel } from "../support/log_model.ts";
import { nextStep } from "../support/next_step.ts";

/** Commits events: the store has them at once, the feed hears of them afterwards. */
function commit(log: LogModel, feed: Feed, count: number): void {
  const events = log.append(count);
  feed.committed("acme", 0, { first: events[0]!.number, events });
}

async function numbers(reader: FeedReader): Promise<number[] | string> {
  const step = await nextStep(reader);
  return step?.step === "events" ? step.events.map(({ number }) => number) : `${step?.step}`;
}

Deno.test("FeedReader.next() answers what was there, then what comes (P14)", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read, new FakeClock());
  commit(log, feed, 3);
  const reader = feed.follow("acme", 1);
  assert.deepEqual(await numbers(reader), [2, 3]);
  const next = numbers(reader);
  commit(log, feed, 2);
  assert.deepEqual(await next, [4, 5]);
  assert.equal(reader.cursor, 5);
  reader.end();
});

Deno.test("FeedReader.next() tells once where it goes on when retention has removed what was missed (P15)", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read, new FakeClock());
  commit(log, feed, 10);
  log.trimmedTo = 6;
  const reader = feed.follow("acme", 2);
  assert.deepEqual(await nextStep(reader), { step: "gap", trimmedTo: 6 });
  assert.deepEqual(await numbers(reader), [7, 8, 9, 10]);
  reader.end();
});

Deno.test("FeedReader.next() notices that what it was about to read is trimmed away meanwhile", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read, new FakeClock());
  commit(log, feed, 600);
  const reader = feed.follow("acme", 0);
  assert.equal((await numbers(reader)).length, 256);
  log.trimmedTo = 300;
  assert.deepEqual(await nextStep(reader), { step: "gap", trimmedTo: 300 });
  assert.equal((await numbers(reader))[0], 301);
  reader.end();
});

Deno.test("FeedReader.next() tells a reader from beyond the log where that ends (P15)", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read, new FakeClock());
  commit(log, feed, 4);
  const reader = feed.follow("acme", 99);
  assert.deepEqual(await nextStep(reader), { step: "future", last: 4 });
  const next = numbers(reader);
  commit(log, feed, 1);
  assert.deepEqual(await next, [5]);
  reader.end();
});

Deno.test("FeedReader.next() answers null when the reader ends and when the feed closes", async () => {
  const feed = createFeed(new LogModel().read, new FakeClock());
  const [one, other] = [feed.follow("acme", 0), feed.follow("acme", 0)];
  const [left, closed] = [nextStep(one), nextStep(other)];
  one.end();
  assert.equal(await left, null);
  feed.close();
  assert.equal(await closed, null);
  assert.equal(await nextStep(one), null);
  assert.equal(await nextStep(other), null);
  assert.equal(await nextStep(feed.follow("acme", 0)), null);
});

Deno.test("FeedReader.next() answers null when the log cannot be read", async () => {
  const log = new LogModel();
  const feed = createFeed(
    { ...log.read, logMark: () => Promise.reject(new Error("the disk is gone")) },
    new FakeClock(),
  );
  assert.equal(await nextStep(feed.follow("acme", 0)), null);
});

Deno.test("FeedReader.next() answers readers at one place the same array, told or read", async () => {
  const log = new LogModel();
  let reads = 0;
  const events: LogModel["read"]["events"] = (tenant, page) => {
    reads++;
    return log.read.events(tenant, page);
  };
  const feed = createFeed({ ...log.read, events }, new FakeClock());
  commit(log, feed, 3);
  const readers = [1, 2, 3].map(() => feed.follow("acme", 1));
  const pages = async () => {
    const steps = await Promise.all(readers.map(nextStep));
    return steps.map((step) => step?.step === "events" ? step.events : assert.fail(`${step?.step}`));
  };
  const read = await pages();
  assert.equal(new Set(read).size, 1);
  assert.equal(reads, 1);
  const asked = pages();
  await log.read.logMark("acme");
  const readsBefore = reads;
  commit(log, feed, 2);
  const told = await asked;
  assert.deepEqual(told[0]!.map(({ number }) => number), [4, 5]);
  assert.equal(new Set(told).size, 1);
  assert.equal(reads, readsBefore, "what was told is not read");
  for (const reader of readers) reader.end();
});

Deno.test("FeedReader.next() of one who has everything reads no events", async () => {
  const log = new LogModel();
  const feed = createFeed({ ...log.read, events: () => assert.fail("read") }, new FakeClock());
  commit(log, feed, 3);
  const reader = feed.follow("acme", 3);
  const next = numbers(reader);
  await log.read.logMark("acme");
  commit(log, feed, 1);
  assert.deepEqual(await next, [4]);
  reader.end();
});

Deno.test("Feed.committed() tells many commits together when they come fast, and none of them late (P14)", async () => {
  const log = new LogModel();
  const clock = new FakeClock();
  const feed = createFeed(log.read, clock);
  const reader = feed.follow("acme", 0);
  const steps: number[][] = [];
  const read = (): void =>
    reader.next((step) => {
      if (step?.step !== "events") return;
      steps.push(step.events.map(({ number }) => number));
      read();
    });
  read();
  await log.read.logMark("acme");
  for (let count = 0; count < 100; count++) {
    commit(log, feed, 1);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  assert.ok(steps.length > 10 && steps.length < 60, `${steps.length}`);
  clock.advance(1);
  assert.deepEqual(steps.flat(), Array.from({ length: 100 }, (_, index) => index + 1));
  reader.end();
  assert.equal(clock.armed, 0);
});

Deno.test("Feed.isFollowed() is true of a tenant as long as someone reads its events", () => {
  const feed = createFeed(new LogModel().read, new FakeClock());
  const reader = feed.follow("acme", 0);
  assert.deepEqual([feed.isFollowed("acme"), feed.isFollowed("zen")], [true, false]);
  reader.end();
  assert.equal(feed.isFollowed("acme"), false);
});

Deno.test("Feed.committed() tells nobody of another tenant's events (P13)", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read, new FakeClock());
  const reader = feed.follow("zen", 0);
  const next = nextStep(reader);
  await log.read.logMark("zen");
  feed.committed("acme", 0, { first: 1, events: [{ type: "thing.happened", subject: "thing/one", data: "{}" }] });
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  reader.end();
  assert.equal(await next, null);
});
