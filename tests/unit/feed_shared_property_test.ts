import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "../support/properties.ts";
import { createFeed, type Feed, type FeedReader, type FeedStep } from "../../runtime/events/feed.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { LogModel } from "../support/log_model.ts";
import { nextStep } from "../support/next_step.ts";

const NODES = 3;
const node = fc.nat({ max: NODES - 1 });

const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("commit" as const), node, count: fc.integer({ min: 1, max: 300 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("tell" as const), node }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("hint" as const, "poll" as const), node }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("read" as const), node, at: fc.nat({ max: 105 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("move" as const, "leave" as const), nth: fc.nat(), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("trim" as const), share: fc.nat({ max: 100 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("away" as const, "back" as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 1, 15, 30) }) },
);

const turnOfLoop = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A client that goes on with the id that it has seen last, on whatever node. */
class Client {
  readonly faults: string[] = [];
  readonly #log: LogModel;
  #cursor: number;
  #reader: FeedReader;
  #reading: Promise<void>;

  constructor(log: LogModel, feed: Feed, after: number) {
    this.#log = log;
    this.#cursor = after;
    this.#reader = feed.follow("acme", after);
    this.#reading = this.#read();
  }

  async leave(): Promise<void> {
    this.#reader.end();
    await this.#reading;
  }

  async move(to: Feed): Promise<void> {
    await this.leave();
    this.#reader = to.follow("acme", this.#cursor);
    this.#reading = this.#read();
  }

  /** When the feed has been closed. */
  async ended(): Promise<readonly string[]> {
    await this.#reading;
    // Those who have missed the end of a log to retention are told with the next event.
    const isThere = this.#cursor === this.#log.last || this.#log.trimmedTo === this.#log.last;
    if (!isThere) this.faults.push(`It ended at ${this.#cursor} of ${this.#log.last}`);
    return this.faults;
  }

  async #read(): Promise<void> {
    const reader = this.#reader;
    for (let step = await nextStep(reader); step !== null; step = await nextStep(reader)) {
      if (!this.#isTrue(step)) this.faults.push(`${JSON.stringify(step).slice(0, 200)} after ${this.#cursor}`);
      this.#cursor = reader.cursor;
    }
  }

  #isTrue(step: FeedStep): boolean {
    const cursor = this.#cursor;
    if (step.step === "gap") return step.trimmedTo > cursor && step.trimmedTo <= this.#log.trimmedTo;
    if (step.step === "future") return step.last < cursor && step.last <= this.#log.last;
    return step.events.every(({ number, data }, index) => number === cursor + 1 + index && data === `${number}`);
  }
}

Deno.test("FeedReader.next() leaves nothing out and tells nothing twice, whatever other nodes commit (P14, P15)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 80, size: "max" }), fc.boolean(), async (actions, isMore) => {
      const log = new LogModel(turnOfLoop);
      const clock = new FakeClock();
      const feeds = Array.from({ length: NODES }, () => createFeed(log.read, clock, { isShared: true }));
      const untold: (() => void)[][] = feeds.map(() => []);
      const clients: Client[] = [];
      const gone: Client[] = [];
      const commit = (at: number, count: number) => {
        const events = log.append(count);
        untold[at]!.push(() => feeds[at]!.committed("acme", 0, { first: events[0]!.number, events }));
      };
      for (const step of actions) {
        if (step.do === "commit") commit(step.node, step.count);
        else if (step.do === "tell") untold[step.node]!.shift()?.();
        else if (step.do === "hint") feeds[step.node]!.news("acme");
        else if (step.do === "poll") void feeds[step.node]!.poll();
        else if (step.do === "read") {
          clients.push(new Client(log, feeds[step.node]!, Math.floor(log.last * step.at / 100)));
        } else if (step.do === "trim") log.trimmedTo = Math.max(log.trimmedTo, Math.floor(log.last * step.share / 100));
        else if (step.do === "wait") await turnOfLoop().then(() => clock.advance(step.ms));
        else if (step.do === "away" || step.do === "back") log.isAway = step.do === "away";
        else if ((step.do === "move" || step.do === "leave") && clients.length > 0) {
          const client = clients[step.nth % clients.length]!;
          if (step.do === "move") await client.move(feeds[step.node]!);
          else await client.leave().then(() => gone.push(...clients.splice(clients.indexOf(client), 1)));
        }
      }
      log.isAway = false;
      if (isMore) commit(0, 1);
      for (const tell of untold.flat()) tell();
      // The next poll finds it, however many hints there were.
      await turnOfLoop();
      await Promise.all(feeds.map((feed) => feed.poll()));
      for (let turn = 0; turn < 30; turn++) {
        clock.advance(1_000);
        await turnOfLoop();
      }
      for (const feed of feeds) feed.close();
      const ended = await Promise.all(clients.map((client) => client.ended()));
      assert.deepEqual([...ended.flat(), ...gone.flatMap(({ faults }) => faults)], []);
      assert.equal(clock.armed, 0);
    }),
    { numRuns: 1_000 },
  );
});
