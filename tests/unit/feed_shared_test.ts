import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { createFeed, type Feed, type FeedReader } from "../../runtime/events/feed.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { LogModel } from "../support/log_model.ts";
import { nextStep } from "../support/next_step.ts";

const turnOfLoop = () => new Promise<void>((resolve) => void setImmediate(resolve));

interface Rig {
  readonly log: LogModel;
  readonly clock: FakeClock;
  readonly feed: Feed;
  /** By this node, which tells the feed; or by another. */
  commit(count: number, by?: "own" | "other"): void;
  /** Readers that have everything and wait. */
  waiting(count: number): Promise<{ readonly readers: FeedReader[]; readonly told: Promise<readonly number[]>[] }>;
}

function setup(): Rig {
  const log = new LogModel();
  const clock = new FakeClock();
  const feed = createFeed(log.read, clock, { isShared: true });
  return {
    log,
    clock,
    feed,
    commit(count, by = "own") {
      const events = log.append(count);
      if (by === "own") feed.committed("acme", 0, { first: events[0]!.number, events });
    },
    async waiting(count) {
      const readers = Array.from({ length: count }, () => feed.follow("acme", log.last));
      const told = readers.map(numbers);
      await turnOfLoop();
      return { readers, told };
    },
  };
}

/** None when the feed is closed. */
async function numbers(reader: FeedReader): Promise<readonly number[]> {
  const step = await nextStep(reader);
  if (step === null) return [];
  return step?.step === "events" ? step.events.map(({ number }) => number) : assert.fail(`${step?.step}`);
}

Deno.test("Feed.committed() reads nothing while this node's commits follow one another", async () => {
  const { log, clock, feed, commit, waiting } = setup();
  const { readers: [reader], told: [first] } = await waiting(1);
  commit(2);
  assert.deepEqual(await first, [1, 2]);
  for (let number = 3; number < 100; number++) {
    const next = numbers(reader!);
    commit(1);
    clock.advance(1);
    assert.deepEqual(await next, [number]);
  }
  assert.equal(log.reads.events, 0);
  feed.close();
});

Deno.test("Feed.news() reads what another node has committed, once for all readers of the tenant", async () => {
  const { log, clock, feed, commit, waiting } = setup();
  commit(5);
  const { told } = await waiting(300);
  commit(3, "other");
  feed.news("acme");
  await turnOfLoop();
  clock.advance(1);
  for (const numbers of await Promise.all(told)) assert.deepEqual(numbers, [6, 7, 8]);
  feed.close();
  assert.equal(log.reads.events, 1);
});

Deno.test("Feed.news() reads nothing for a tenant that nobody follows", () => {
  const { log, feed } = setup();
  feed.news("acme");
  feed.news("rival");
  assert.deepEqual(log.reads, { events: 0, marks: 0 });
});

Deno.test("Feed.committed() reads what others have committed before, and goes on without reading", async () => {
  const { log, feed, commit, waiting } = setup();
  const { readers: [reader], told: [first] } = await waiting(1);
  commit(1);
  assert.deepEqual(await first, [1]);
  const next = numbers(reader!);
  commit(2, "other");
  commit(1);
  assert.deepEqual(await next, [2, 3, 4]);
  const last = numbers(reader!);
  commit(1);
  assert.deepEqual(await last, [5]);
  assert.equal(log.reads.events, 1);
  feed.close();
});

Deno.test("Feed.committed() goes in behind what is read when it comes while that is under way", async () => {
  const { log, feed, commit, waiting } = setup();
  const { told: [told] } = await waiting(1);
  commit(1, "other");
  feed.news("acme");
  // The read has looked, and its answer is on its way.
  commit(1);
  assert.deepEqual(await told, [1, 2]);
  assert.equal(log.reads.events, 1);
  feed.close();
});

Deno.test("Feed.committed() reads at most fifty times a second however this node's commits and others' alternate", async () => {
  const { log, clock, feed, commit, waiting } = setup();
  const { readers: [reader], told: [first] } = await waiting(1);
  const seen: number[] = [];
  const reading = (async () => {
    seen.push(...await first!);
    while (seen.length < 2_000) seen.push(...await numbers(reader!));
  })();
  for (let ms = 0; ms < 1_000; ms++) {
    commit(1, "other");
    feed.news("acme");
    commit(1);
    await turnOfLoop();
    clock.advance(1);
  }
  await turnOfLoop();
  clock.advance(100);
  await reading;
  assert.deepEqual(seen, Array.from({ length: 2_000 }, (_, index) => index + 1));
  assert.ok(log.reads.events <= 56, `${log.reads.events} reads`);
  feed.close();
});

Deno.test("Feed.poll() looks at all followed tenants in one read, and finds what no hint told of", async () => {
  const { log, clock, feed, commit, waiting } = setup();
  const others = ["birch", "cedar"].map((tenant) => feed.follow(tenant, 0));
  const { told: [told] } = await waiting(1);
  assert.deepEqual(feed.followed(), ["birch", "cedar", "acme"]);
  const { marks } = log.reads;
  commit(4, "other");
  await feed.poll();
  assert.equal(log.reads.marks, marks + 1);
  assert.deepEqual(await told, [1, 2, 3, 4]);
  for (const other of others) other.end();
  feed.close();
  clock.advance(1_000);
});

Deno.test("Feed.poll() reads no events where there are none", async () => {
  const { log, feed, commit, waiting } = setup();
  const { told: [told] } = await waiting(1);
  commit(1);
  await told;
  for (let times = 0; times < 3; times++) await feed.poll();
  assert.equal(log.reads.events, 0);
  feed.close();
});

Deno.test("Feed.news() is read again every second when the store was away", async () => {
  const { log, clock, feed, commit, waiting } = setup();
  const { told: [told] } = await waiting(1);
  commit(1, "other");
  log.isAway = true;
  feed.news("acme");
  await turnOfLoop();
  clock.advance(1_000);
  await turnOfLoop();
  assert.equal(log.reads.events, 2);
  log.isAway = false;
  clock.advance(1_000);
  assert.deepEqual(await told, [1]);
  feed.close();
});

Deno.test("FeedReader.next() waits while the store is away, and goes on when it is there again", async () => {
  const { log, clock, feed, commit } = setup();
  commit(3, "other");
  log.isAway = true;
  const reader = feed.follow("acme", 1);
  const next = numbers(reader);
  await turnOfLoop();
  clock.advance(5_000);
  await turnOfLoop();
  log.isAway = false;
  clock.advance(1_000);
  assert.deepEqual(await next, [2, 3]);
  reader.end();
  assert.equal(clock.armed, 0);
  feed.close();
});

Deno.test("FeedReader.next() of many that come at once looks at the log's mark twice, and not before they came (P14)", async () => {
  const { log, feed, commit } = setup();
  commit(3, "other");
  const first = feed.follow("acme", 3);
  const told = numbers(first);
  // A client that comes from the node that has committed this, while a look that began before is under way.
  commit(1, "other");
  const moved = Array.from({ length: 100 }, () => numbers(feed.follow("acme", 4)));
  await turnOfLoop();
  assert.equal(log.reads.marks, 2);
  feed.news("acme");
  assert.deepEqual(await told, [4]);
  commit(1);
  assert.deepEqual(await moved[99], [5]);
  feed.close();
});
