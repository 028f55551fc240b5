import assert from "node:assert/strict";
import { chunkOf, type Format } from "../../routes/event_chunks.ts";
import { openEventStream } from "../../routes/sse.ts";
import { eventFrame } from "../../routes/sse_frames.ts";
import { createStreams } from "../../routes/streams.ts";
import { createFeed } from "../../runtime/events/feed.ts";
import type { StoredEvent } from "../../runtime/store/contract.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { LogModel } from "../support/log_model.ts";

const PLAIN: Format = { key: "plain", write: (event) => eventFrame(event, { named: true }) };

function pageOf(count: number, data = "{}"): StoredEvent[] {
  return new LogModel().append(count).map((event) => ({ ...event, data }));
}

const encoder = new TextEncoder();
const encoded = (page: readonly StoredEvent[], from: number, format: Format) =>
  chunkOf(page, from, format, (frames) => encoder.encode(frames));
const textOf = ({ piece }: { piece: Uint8Array | null }) => new TextDecoder().decode(piece ?? undefined);
const idsIn = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

Deno.test("chunkOf() is made once for all who write the same of one page", () => {
  const page = pageOf(3);
  let writes = 0;
  const format = (key: string | undefined): Format => ({
    ...(key === undefined ? {} : { key }),
    write(event) {
      writes++;
      return PLAIN.write(event);
    },
  });
  const [one, other] = [encoded(page, 0, format("a")), encoded(page, 0, format("a"))];
  assert.equal(one.piece, other.piece);
  assert.equal(writes, 3);
  assert.notEqual(encoded(page, 0, format("b")).piece, one.piece);
  assert.notEqual(encoded([...page], 0, format("a")).piece, one.piece);
  assert.notEqual(encoded(page, 0, format(undefined)).piece, encoded(page, 0, format(undefined)).piece);
  assert.deepEqual(idsIn(textOf(encoded(page, 1, format("a")))), [2, 3]);
});

Deno.test("chunkOf() ends after some 48 KiB, after the last event, and says how far it has come", () => {
  const page = pageOf(10, JSON.stringify("x".repeat(20_000)));
  const first = encoded(page, 0, PLAIN);
  assert.deepEqual([idsIn(textOf(first)), first.next, first.upTo, first.isLast], [[1, 2, 3], 3, 3, false]);
  const second = encoded(page, first.next, PLAIN);
  assert.deepEqual([idsIn(textOf(second)), second.upTo], [[4, 5, 6], 6]);
  const ending: Format = { write: ({ number }) => number === 2 ? "two" : null, isLast: ({ number }) => number === 4 };
  const last = encoded(page, 0, ending);
  assert.deepEqual([textOf(last), last.upTo, last.isLast], ["two", 4, true]);
  const none = encoded(page, 5, { write: () => null });
  assert.deepEqual([none.piece, none.upTo, none.next], [null, 10, 10]);
});

interface Opened {
  readonly clock: FakeClock;
  /** Takes the next piece; null when the stream is over. */
  read(): Promise<string | null>;
  leave(): Promise<void>;
  commit(): Promise<void>;
  readonly cuts: () => number;
}

/** A stream of a log, whose texts are taken one by one. */
function open({ until = Infinity } = {}): Opened {
  const clock = new FakeClock();
  const log = new LogModel();
  const feed = createFeed(log.read, clock);
  let cuts = 0;
  const stream = openEventStream({
    reader: feed.follow("acme", 0),
    clock,
    streams: createStreams(10, clock),
    opening: "opening",
    format: PLAIN,
    principal: { tenant: "acme", subject: "ann", role: "viewer", expiresAt: until },
    writeGap: () => assert.fail("a gap"),
    onCut: () => void cuts++,
    onEnd: () => {},
  });
  const reader = stream.getReader();
  return {
    clock,
    async read() {
      const { value } = await reader.read();
      return value === undefined ? null : new TextDecoder().decode(value);
    },
    leave: () => reader.cancel(),
    async commit() {
      feed.committed("acme", 0, { first: log.last + 1, events: log.append(1) });
      await settle();
    },
    cuts: () => cuts,
  };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 30; round++) await Promise.resolve();
}

Deno.test("an event stream puts nothing behind a heartbeat that is not taken, and leaves nothing out", async () => {
  const { clock, read, leave, commit } = open();
  assert.equal(await read(), "opening");
  const beat = read();
  await settle();
  clock.advance(15_000);
  assert.equal(await beat, ": heartbeat\nid: 0\n\n");
  for (let count = 0; count < 5; count++) await commit();
  const texts: string[] = [];
  for (let seen = 0; seen < 5;) {
    texts.push(await read() ?? assert.fail("it is over"));
    seen = idsIn(texts.join("")).length;
  }
  assert.deepEqual(idsIn(texts.join("")), [1, 2, 3, 4, 5]);
  assert.equal(texts.length, 2, "what came first, then all the rest in one piece");
  await leave();
  await settle();
  assert.equal(clock.armed, 0);
});

Deno.test("an event stream is cut when a heartbeat is not taken for 30 s, whatever happens meanwhile", async () => {
  const { clock, read, commit, cuts } = open();
  assert.equal(await read(), "opening");
  const beat = read();
  await settle();
  clock.advance(15_000);
  await beat;
  await settle();
  clock.advance(20_000);
  await commit();
  clock.advance(9_750);
  assert.equal(cuts(), 0);
  clock.advance(250);
  assert.equal(cuts(), 1);
  assert.equal(await read(), null);
  assert.equal(clock.armed, 0);
});

Deno.test("an event stream writes nothing after its reader's right to read has ended", async () => {
  const { clock, read, commit } = open({ until: 10_000 });
  assert.equal(await read(), "opening");
  await commit();
  assert.deepEqual(idsIn(await read() ?? ""), [1]);
  const next = read();
  await settle();
  clock.advance(10_000);
  await commit();
  assert.deepEqual([await next, await read()], ["retry: 1000\n\n", null]);
  assert.equal(clock.armed, 0);
});

Deno.test("an event stream of which nothing is heard ends with the heartbeat after its reader's right", async () => {
  const { clock, read } = open({ until: 20_000 });
  assert.equal(await read(), "opening");
  let next = read();
  await settle();
  clock.advance(15_000);
  assert.match(await next ?? "", /^: heartbeat/);
  next = read();
  await settle();
  clock.advance(15_250);
  assert.deepEqual([await next, await read()], ["retry: 1000\n\n", null]);
  assert.equal(clock.armed, 0);
});
