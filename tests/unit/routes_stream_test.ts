import assert from "node:assert/strict";
import { readSse, type SseEvent } from "../support/sse_reader.ts";
import { problemIn, setupApp } from "../support/test_app.ts";

const PATH = "/api/notifications/stream";

const event = (type: string, data: unknown = {}) => ({ type, subject: "thing/1", data: JSON.stringify(data) });
const idsOf = (events: readonly (SseEvent | null)[]) => events.map((event) => event?.id);

/** Lets what was woken run up to where it waits again. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await Promise.resolve();
}

Deno.test("the notification stream sends events with number, type and JSON", async () => {
  const { get, system, clock } = setupApp();
  system.emit("demo", [event("thing.before")]);
  const response = await get(PATH);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = readSse(response);
  assert.equal((await reader.next())?.retry, "1000");
  assert.equal((await reader.next())?.id, "1");
  clock.advance(1_500);
  system.emit("demo", [event("thing.happened", { text: "a\nb" })]);
  assert.deepEqual(await reader.next(), {
    id: "2",
    event: "thing.happened",
    data: '{"type":"thing.happened","subject":"thing/1","at":"2026-11-22T12:00:01.500Z","data":{"text":"a\\nb"}}',
    comment: null,
    retry: null,
  });
  await reader.cancel();
  assert.equal(clock.armed, 0);
});

Deno.test("the notification stream resumes after the id of header or query, the header being stronger", async () => {
  const { get, system } = setupApp();
  system.emit("demo", [1, 2, 3, 4].map(() => event("thing.happened")));
  const firstId = async (path: string, headers = {}) => {
    const reader = readSse(await get(path, headers));
    const first = await reader.nextEvent();
    await reader.cancel();
    return first?.id;
  };
  assert.equal(await firstId(`${PATH}?lastEventId=0`), "1");
  assert.equal(await firstId(`${PATH}?lastEventId=2`), "3");
  assert.equal(await firstId(PATH, { "Last-Event-ID": "3" }), "4");
  assert.equal(await firstId(`${PATH}?lastEventId=0`, { "Last-Event-ID": "3" }), "4");
});

Deno.test("the notification stream has no gap and no duplicate when it is cut at random places", async () => {
  const { get, system } = setupApp();
  const seen: number[] = [];
  let sent = 0;
  while (seen.length < 1_000) {
    const more = Math.min(1_000 - sent, 37);
    system.emit("demo", Array.from({ length: more }, () => event("thing.happened", { number: ++sent })));
    const reader = readSse(await get(PATH, { "Last-Event-ID": String(seen.at(-1) ?? 0) }));
    for (let count = 0; count < (seen.length % 29) + 1 && seen.length < sent; count++) {
      seen.push(Number((await reader.nextEvent())!.id));
    }
    await reader.cancel();
  }
  assert.deepEqual(seen, Array.from({ length: 1_000 }, (_, index) => index + 1));
});

Deno.test("the notification stream shows a tenant its own events only", async () => {
  const { get, system } = setupApp();
  system.emit("acme", [event("thing.secret")]);
  system.emit("demo", [event("thing.own")]);
  const reader = readSse(await get(`${PATH}?lastEventId=0`));
  assert.equal((await reader.nextEvent())?.event, "thing.own");
  await reader.cancel();
});

Deno.test("the notification stream filters by topics and heartbeats move the id past what was left out", async () => {
  const { get, system, clock } = setupApp();
  const reader = readSse(await get(`${PATH}?topics=job,parcel`));
  system.emit("demo", ["thing.a", "job.b", "jobs.c", "parcel.d"].map((type) => event(type)));
  assert.deepEqual(idsOf([await reader.nextEvent(), await reader.nextEvent()]), ["2", "4"]);
  system.emit("demo", [event("thing.e")]);
  const next = reader.next();
  await settle();
  clock.advance(15_000);
  assert.deepEqual(await next, { id: "5", event: null, data: null, comment: "heartbeat", retry: null });
  await reader.cancel();
});

Deno.test("notification streams with other topics, or other names, of the same moment are not mixed up", async () => {
  const { get, system } = setupApp();
  const queries = ["", "?topics=thing", "?topics=other,thing", "?topics=thing,other", "?topics=other", "?named=false"];
  const readers = await Promise.all(queries.map(async (query) => readSse(await get(PATH + query))));
  system.emit("demo", ["thing.a", "other.b", "third.c"].map((type) => event(type)));
  const seen: Record<string, (string | null | undefined)[]> = {};
  for (const [index, count] of [3, 1, 2, 2, 1, 3].entries()) {
    const got: (string | null | undefined)[] = seen[queries[index]!] = [];
    while (got.length < count) got.push((await readers[index]!.nextEvent())?.event);
  }
  assert.deepEqual(seen, {
    "": ["thing.a", "other.b", "third.c"],
    "?topics=thing": ["thing.a"],
    "?topics=other,thing": ["thing.a", "other.b"],
    "?topics=thing,other": ["thing.a", "other.b"],
    "?topics=other": ["other.b"],
    "?named=false": [null, null, null],
  });
  await Promise.all(readers.map((reader) => reader.cancel()));
});

Deno.test("the notification stream beats every 15 s while nothing happens", async () => {
  const { get, clock } = setupApp();
  const reader = readSse(await get(PATH));
  await reader.next();
  await reader.next();
  for (let beat = 0; beat < 3; beat++) {
    const next = reader.next();
    await settle();
    clock.advance(15_000);
    assert.equal((await next)?.comment, "heartbeat");
  }
  await reader.cancel();
  assert.equal(clock.armed, 0);
});

Deno.test("the notification stream sends unnamed events for onmessage when it is asked to", async () => {
  const { get, system } = setupApp();
  system.emit("demo", [event("thing.happened")]);
  const reader = readSse(await get(`${PATH}?named=false&lastEventId=0`));
  const first = await reader.nextEvent();
  assert.equal(first?.event, null);
  assert.equal(JSON.parse(first!.data!).type, "thing.happened");
  await reader.cancel();
});

Deno.test("the notification stream says so when retention has removed what was missed, and goes on", async () => {
  const { get, system } = setupApp();
  system.emit("demo", [1, 2, 3, 4, 5].map(() => event("thing.happened")));
  system.trim("demo", 3);
  const reader = readSse(await get(PATH, { "Last-Event-ID": "1" }));
  const gap = await reader.nextEvent();
  assert.deepEqual([gap?.event, gap?.id], ["gap", "3"]);
  assert.deepEqual(JSON.parse(gap!.data!), { type: "gap", reason: "trimmed", trimmedTo: 3 });
  assert.deepEqual(idsOf([await reader.nextEvent(), await reader.nextEvent()]), ["4", "5"]);
  await reader.cancel();
});

Deno.test("the notification stream says so when the id is of the future, and begins at now", async () => {
  const { get, system } = setupApp();
  system.emit("demo", [event("thing.happened")]);
  const reader = readSse(await get(PATH, { "Last-Event-ID": "900" }));
  const gap = await reader.nextEvent();
  assert.deepEqual(JSON.parse(gap!.data!), { type: "gap", reason: "future", last: 1 });
  system.emit("demo", [event("thing.happened")]);
  assert.equal((await reader.nextEvent())?.id, "2");
  await reader.cancel();
});

Deno.test("the notification stream answers 400 to a garbage id and 422 to a garbage query", async () => {
  const { get } = setupApp();
  for (const id of ["-1", "1.5", "abc", "1e3", "9".repeat(16), " "]) {
    await problemIn(await get(`${PATH}?lastEventId=${encodeURIComponent(id)}`), 400);
  }
  await problemIn(await get(PATH, { "Last-Event-ID": "x" }), 400);
  for (const query of ["topics=", "topics=Job", "topics=a,,b", "named=maybe", "filter=x"]) {
    await problemIn(await get(`${PATH}?${query}`), 422);
  }
});

Deno.test("a reader that does not read is cut after 30 s, holds no more than a chunk, and can resume", async () => {
  const { get, system, clock } = setupApp();
  const cut: unknown[] = [];
  system.diagnostics.observe((diagnostic) => cut.push(diagnostic));
  const response = await get(`${PATH}?lastEventId=0`);
  system.emit("demo", Array.from({ length: 200 }, () => event("thing.happened", { text: "x".repeat(10_000) })));
  await settle();
  clock.advance(30_000);
  assert.deepEqual(cut, [{ event: "reader.cut", tenant: "demo", reason: "it did not read for 30 s" }]);
  assert.equal(clock.armed, 0);
  assert.ok((await response.bytes()).length < 256 * 1024);
  const resumed = readSse(await get(PATH, { "Last-Event-ID": "0" }));
  assert.equal((await resumed.nextEvent())?.id, "1");
  await resumed.cancel();
});

Deno.test("a reader that stops in the middle is cut there and resumes after the last event it has", async () => {
  const { get, system, clock } = setupApp();
  system.emit("demo", Array.from({ length: 200 }, () => event("thing.happened", { text: "x".repeat(10_000) })));
  const reader = readSse(await get(`${PATH}?lastEventId=0`));
  const first = await reader.nextEvent();
  await settle();
  clock.advance(30_000);
  let last = first;
  for (let frame = await reader.next(); frame !== null; frame = await reader.next()) last = frame;
  assert.ok(Number(last!.id) < 100);
  const resumed = readSse(await get(PATH, { "Last-Event-ID": last!.id! }));
  assert.equal(Number((await resumed.nextEvent())!.id), Number(last!.id) + 1);
  await resumed.cancel();
});

Deno.test("streams beyond the cap are answered 503 with Retry-After, and places are given back", async () => {
  const { get, send } = setupApp({ maxStreams: 2 });
  const [first, second] = [await get(PATH), await get(PATH)];
  const refused = await get(PATH);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  await problemIn(refused, 503);
  assert.equal((await (await get("/health")).json()).streams, 2);
  await first.body?.cancel();
  assert.equal((await send("HEAD", PATH)).status, 200);
  const third = await get(PATH);
  assert.equal(third.status, 200);
  await Promise.all([second.body?.cancel(), third.body?.cancel()]);
  assert.equal((await (await get("/health")).json()).streams, 0);
});

Deno.test("streams end with retry when the server stops", async () => {
  const { get, system, clock } = setupApp();
  const reader = readSse(await get(PATH));
  await reader.next();
  await reader.next();
  const last = reader.next();
  await system.stop();
  assert.equal((await last)?.retry, "1000");
  assert.equal(await reader.next(), null);
  assert.equal(clock.armed, 0);
});
