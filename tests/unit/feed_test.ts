import assert from "node:assert/strict";
import { createFeed, type Feed, type FeedReader } from "../../runtime/events/feed.ts";
import { LogModel } from "../support/log_model.ts";

const never = new AbortController().signal;

/** Commits events: the store has them at once, the feed hears of them afterwards. */
function commit(log: LogModel, feed: Feed, count: number): void {
  const events = log.append(count);
  feed.committed("acme", 0, { first: events[0]!.number, events });
}

async function numbers(reader: FeedReader): Promise<number[] | string> {
  const step = await reader.next(never);
  return step?.step === "events" ? step.events.map(({ number }) => number) : `${step?.step}`;
}

Deno.test("FeedReader.next() answers what was there, then what comes (P14)", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read);
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
  const feed = createFeed(log.read);
  commit(log, feed, 10);
  log.trimmedTo = 6;
  const reader = feed.follow("acme", 2);
  assert.deepEqual(await reader.next(never), { step: "gap", trimmedTo: 6 });
  assert.deepEqual(await numbers(reader), [7, 8, 9, 10]);
  reader.end();
});

Deno.test("FeedReader.next() notices that what it was about to read is trimmed away meanwhile", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read);
  commit(log, feed, 600);
  const reader = feed.follow("acme", 0);
  assert.equal((await numbers(reader)).length, 256);
  log.trimmedTo = 300;
  assert.deepEqual(await reader.next(never), { step: "gap", trimmedTo: 300 });
  assert.equal((await numbers(reader))[0], 301);
  reader.end();
});

Deno.test("FeedReader.next() tells a reader from beyond the log where that ends (P15)", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read);
  commit(log, feed, 4);
  const reader = feed.follow("acme", 99);
  assert.deepEqual(await reader.next(never), { step: "future", last: 4 });
  const next = numbers(reader);
  commit(log, feed, 1);
  assert.deepEqual(await next, [5]);
  reader.end();
});

Deno.test("FeedReader.next() answers null when the signal aborts and when the feed closes", async () => {
  const feed = createFeed(new LogModel().read);
  const leaving = new AbortController();
  const [one, other] = [feed.follow("acme", 0), feed.follow("acme", 0)];
  const [left, closed] = [one.next(leaving.signal), other.next(never)];
  leaving.abort();
  assert.equal(await left, null);
  feed.close();
  assert.equal(await closed, null);
  assert.equal(await one.next(never), null);
});

Deno.test("Feed.isFollowed() is true of a tenant as long as someone reads its events", () => {
  const feed = createFeed(new LogModel().read);
  const reader = feed.follow("acme", 0);
  assert.deepEqual([feed.isFollowed("acme"), feed.isFollowed("zen")], [true, false]);
  reader.end();
  assert.equal(feed.isFollowed("acme"), false);
});

Deno.test("Feed.committed() tells nobody of another tenant's events (P13)", async () => {
  const log = new LogModel();
  const feed = createFeed(log.read);
  const leaving = new AbortController();
  const reader = feed.follow("zen", 0);
  const next = reader.next(leaving.signal);
  feed.committed("acme", 0, { first: 1, events: [{ type: "thing.happened", subject: "thing/one", data: "{}" }] });
  await Promise.resolve();
  leaving.abort();
  assert.equal(await next, null);
});
