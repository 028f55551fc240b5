import assert from "node:assert/strict";
import { topicsIn } from "../../routes/event_topics.ts";
import { CLOSED, openSocketStream } from "../../routes/socket_stream.ts";
import { createStreams } from "../../routes/streams.ts";
import { createFeed } from "../../runtime/events/feed.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { LogModel } from "../support/log_model.ts";
import type { SocketMessage } from "../support/socket_reader.ts";

/** A connection whose other side takes what it is told to take. */
class SlowSocket extends EventTarget {
  readonly readyState = WebSocket.OPEN;
  readonly sent: string[] = [];
  bufferedAmount = 0;
  takes = true;
  closed: readonly [code: number, reason: string] | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;

  send(text: string): void {
    this.sent.push(text);
    if (!this.takes) this.bufferedAmount += text.length;
  }

  close(code: number, reason: string): void {
    this.closed = [code, reason];
  }

  take(): void {
    this.takes = true;
    this.bufferedAmount = 0;
  }
}

interface Opened {
  readonly clock: FakeClock;
  readonly socket: SlowSocket;
  readonly log: LogModel;
  commit(count?: number, data?: string): Promise<void>;
  say(message: unknown): Promise<void>;
  /** What was sent since it was last asked. */
  said(): readonly SocketMessage[];
  readonly ended: () => number;
  readonly cuts: () => number;
}

async function open(
  { until = Infinity, topics, after = 0, log = new LogModel() }: {
    until?: number;
    topics?: string;
    after?: number;
    log?: LogModel;
  } = {},
): Promise<Opened> {
  const clock = new FakeClock();
  const feed = createFeed(log.read, clock);
  const socket = new SlowSocket();
  let [cuts, ended] = [0, 0];
  openSocketStream(socket as unknown as WebSocket, {
    reader: feed.follow("acme", after),
    clock,
    streams: createStreams(10, clock),
    principal: { tenant: "acme", subject: "ann", role: "viewer", expiresAt: until },
    topics: topicsIn(topics),
    onCut: () => void cuts++,
    onEnd: () => void ended++,
  });
  socket.onopen!();
  await settle();
  return {
    clock,
    socket,
    log,
    async commit(count = 1, data) {
      const first = log.last + 1;
      const events = log.append(count);
      if (data !== undefined) events.forEach((event) => Object.assign(event, { data }));
      feed.committed("acme", 0, { first, events });
      await settle();
    },
    async say(message) {
      socket.onmessage!({ data: typeof message === "string" ? message : JSON.stringify(message) });
      await settle();
    },
    said: () => socket.sent.splice(0).map((text) => JSON.parse(text)),
    ended: () => ended,
    cuts: () => cuts,
  };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 50; round++) await Promise.resolve();
}

const idsIn = (said: readonly SocketMessage[]) =>
  said.flatMap(({ type, events }) => type === "events" ? events.map(({ id }: { id: number }) => id) : []);
const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

Deno.test("a socket says first where it is, then every event once and in order, each with its number", async () => {
  const { commit, said } = await open();
  assert.deepEqual(said(), [{ type: "topics", id: 0, topics: null }]);
  await commit(2);
  assert.deepEqual(said(), [{
    type: "events",
    id: 2,
    events: [1, 2].map((id) => ({
      id,
      type: "thing.happened",
      subject: "thing/one",
      at: "1970-01-01T00:00:00.000Z",
      data: id,
    })),
  }]);
  for (let commits = 0; commits < 5; commits++) await commit(3);
  assert.deepEqual(idsIn(said()), count(3, 17));
});

Deno.test("a socket that is not read holds 64 KiB and a piece, and goes on where it stopped", async () => {
  const { clock, socket, commit, said } = await open();
  said();
  socket.takes = false;
  for (let commits = 0; commits < 100; commits++) await commit(1, JSON.stringify("x".repeat(10_000)));
  const held = socket.sent.reduce((sum, { length }) => sum + length, 0);
  assert.ok(held >= 64 * 1024 && held < 128 * 1024, `${held} characters`);
  const before = idsIn(said());
  clock.advance(50);
  await settle();
  assert.deepEqual(said(), [], "nothing goes out while nothing is taken");
  socket.take();
  clock.advance(10);
  await settle();
  assert.deepEqual([...before, ...idsIn(said())], count(1, 100));
});

Deno.test("a socket that is not read for 30 s is closed, whatever its reader says meanwhile", async () => {
  const { clock, socket, commit, say, cuts, ended } = await open();
  socket.takes = false;
  await commit(10, JSON.stringify("x".repeat(10_000)));
  clock.advance(20_000);
  await say({ type: "ping" });
  clock.advance(9_500);
  assert.equal(cuts(), 0);
  clock.advance(1_000);
  assert.deepEqual([cuts(), ended(), socket.closed], [1, 1, [...CLOSED.notRead]]);
  clock.advance(1_000);
  assert.equal(clock.armed, 0);
});

Deno.test("a socket's reader chooses what it hears, from the number on that the answer says", async () => {
  const { commit, say, said, log } = await open();
  const commitOf = async (...types: readonly string[]) => {
    const appended = log.append;
    log.append = (many) => appended.call(log, many).map((event, index) => Object.assign(event, { type: types[index] }));
    await commit(types.length);
    log.append = appended;
  };
  said();
  await say({ type: "subscribe", topics: ["job"] });
  assert.deepEqual(said(), [{ type: "topics", id: 0, topics: ["job"] }]);
  await commitOf("job.queued", "thing.a", "jobs.b");
  assert.deepEqual(idsIn(said()), [1]);
  await say({ type: "subscribe", topics: ["thing"] });
  assert.deepEqual(said(), [{ type: "topics", id: 3, topics: ["job", "thing"] }]);
  await commitOf("job.queued", "thing.a", "jobs.b");
  assert.deepEqual(idsIn(said()), [4, 5]);
  await say({ type: "unsubscribe", topics: ["job"] });
  await commitOf("job.queued", "thing.a");
  assert.deepEqual(idsIn(said()), [8]);
  await say({ type: "unsubscribe" });
  await commitOf("job.queued", "thing.a");
  assert.deepEqual(idsIn(said()), []);
  await say({ type: "subscribe" });
  assert.deepEqual(said(), [{ type: "topics", id: 10, topics: null }]);
  await commitOf("any.thing");
  assert.deepEqual(idsIn(said()), [11]);
});

Deno.test("what a reader says wrongly is answered with a problem, and the socket stays", async () => {
  const { say, said, commit, socket } = await open();
  said();
  const many = Array.from({ length: 51 }, (_, index) => `t${index}`);
  for (
    const [message, status] of [
      ["{", 400],
      ["null", 422],
      [{ type: "publish" }, 422],
      [{ type: "subscribe", topics: "job" }, 422],
      [{ type: "subscribe", topics: ["JOB"] }, 422],
      [{ type: "subscribe", topics: [] }, 422],
      [{ type: "subscribe", topics: many }, 422],
      [{ type: "unsubscribe", topics: ["job"] }, 409],
      [{ type: "ping", more: 1 }, 422],
      ["x".repeat(8_193), 413],
    ] as const
  ) {
    await say(message);
    const [problem, ...more] = said();
    assert.deepEqual([problem?.type, problem?.["status"], more], ["problem", status, []], JSON.stringify(message));
  }
  socket.onmessage!({ data: new ArrayBuffer(1) });
  assert.equal(said()[0]?.["status"], 415);
  await say({ type: "ping" });
  assert.deepEqual(said(), [{ type: "pong", id: 0 }]);
  await commit();
  assert.deepEqual(idsIn(said()), [1]);
});

Deno.test("a socket whose reader says more than 600 things within a minute is closed", async () => {
  const { clock, say, socket, ended } = await open();
  for (let said = 0; said < 600; said++) await say({ type: "ping" });
  clock.advance(60_000);
  for (let said = 0; said < 600; said++) await say({ type: "ping" });
  assert.equal(socket.closed, null);
  await say({ type: "ping" });
  assert.deepEqual([ended(), socket.closed], [1, [...CLOSED.tooMany]]);
});

Deno.test("a socket says every 15 s where it is, and nothing after its reader's right to read has ended", async () => {
  const { clock, commit, said, socket } = await open({ until: 40_000 });
  said();
  clock.advance(15_250);
  assert.deepEqual(said(), [{ type: "place", id: 0 }]);
  await commit();
  assert.deepEqual(idsIn(said()), [1]);
  clock.advance(25_000);
  said();
  await commit();
  assert.deepEqual([said(), socket.closed], [[], [...CLOSED.signedOut]]);
  assert.equal(clock.armed, 0);
});

Deno.test("a socket says so when retention has removed what was missed, or its place is of the future", async () => {
  const log = new LogModel();
  log.append(5);
  log.trimmedTo = 3;
  const missed = await open({ log, after: 1 });
  const [, gap, ...more] = missed.said();
  assert.deepEqual(gap, { type: "gap", reason: "trimmed", trimmedTo: 3, id: 3 });
  assert.deepEqual(idsIn(more), [4, 5]);
  const ahead = await open({ log, after: 900 });
  assert.deepEqual(ahead.said().slice(1), [{ type: "gap", reason: "future", last: 5, id: 5 }]);
  await ahead.commit();
  assert.deepEqual(idsIn(ahead.said()), [6]);
});
