import assert from "node:assert/strict";
import { EventStreamError, followEvents, type FollowOptions, type StreamedEvent } from "../../routes/client.ts";

const URL_OF_IT = "http://127.0.0.1:8000/api/notifications/stream";
const OVER = () => new Response(null, { status: 204 });

/** Answers one connection after the other, in order, and keeps what was asked and waited for. */
function setup(answers: readonly (() => Response)[], options: FollowOptions = {}) {
  const requests: { readonly url: URL; readonly headers: globalThis.Headers }[] = [];
  const waits: number[] = [];
  const events = followEvents(URL_OF_IT, {
    fetch: async (input, init) => {
      requests.push({ url: new URL(String(input)), headers: new globalThis.Headers(init?.headers) });
      return await answers[requests.length - 1]!();
    },
    random: () => 0.5,
    wait: (ms) => Promise.resolve(void waits.push(ms)),
    ...options,
  });
  return { requests, waits, events };
}

function stream(...chunks: readonly string[]): () => Response {
  const headers = { "Content-Type": "text/event-stream" };
  return () => new Response(ReadableStream.from(chunks).pipeThrough(new TextEncoderStream()), { headers });
}

function broken(text: string): () => Response {
  const body = async function* () {
    yield new TextEncoder().encode(text);
    await Promise.resolve();
    throw new TypeError("connection reset");
  };
  return () => new Response(ReadableStream.from(body()), { headers: { "Content-Type": "text/event-stream" } });
}

const all = (events: AsyncIterable<StreamedEvent>) => Array.fromAsync(events);
const resumed = ({ headers }: { readonly headers: globalThis.Headers }) => headers.get("last-event-id");

Deno.test("followEvents() reads events as they are cut into chunks, and ends at a 204", async () => {
  const { events, requests } = setup([
    stream("id: 1\nda", "ta: {}\n\nevent: job.queued\nid: 2\ndata: a\ndata: b\n", "\n"),
    OVER,
  ]);
  assert.deepEqual(await all(events), [
    { id: "1", type: "message", data: "{}" },
    { id: "2", type: "job.queued", data: "a\nb" },
  ]);
  assert.deepEqual(requests.map(resumed), [null, "2"]);
  assert.equal(requests[0]!.headers.get("accept"), "text/event-stream");
});

Deno.test("followEvents() resumes after the last whole event, or after a heartbeat's id", async () => {
  const { events, requests } = setup([
    broken("id: 4\ndata: 4\n\nid: 5\ndata: 5\n"),
    stream("id: 5\ndata: 5\n\n", ": heartbeat\nid: 9\n\n"),
    OVER,
  ], { lastEventId: "3" });
  assert.deepEqual((await all(events)).map(({ data }) => data), ["4", "5"]);
  assert.deepEqual(requests.map(resumed), ["3", "4", "9"]);
});

Deno.test("followEvents() waits as retry says and longer, twice as much with each failure in a row", async () => {
  const down = () => {
    throw new TypeError("connection refused");
  };
  const { events, waits } = setup([down, down, down, stream("retry: 200\n\n"), down, OVER]);
  await all(events);
  assert.deepEqual(waits, [1_500, 2_000, 3_000, 300, 400]);
});

Deno.test("followEvents() comes back no earlier than Retry-After says, and no later than 30 s after retry", async () => {
  const busy = () => new Response("full", { status: 503, headers: { "Retry-After": "5" } });
  const { events, waits } = setup([...Array(8).fill(busy), OVER], { random: () => 0.999_999 });
  await all(events);
  assert.equal(waits[0], 5_000);
  assert.ok(waits.every((ms) => ms < 31_000), `${waits}`);
});

for (const status of [400, 401, 403, 404]) {
  Deno.test(`followEvents() ends with an error that says so when it is answered ${status}`, async () => {
    const { events, waits } = setup([() => new Response("no", { status })]);
    await assert.rejects(all(events), (error) => error instanceof EventStreamError && error.status === status);
    assert.deepEqual(waits, []);
  });
}

Deno.test("followEvents() takes nothing but an event stream for one", async () => {
  await assert.rejects(all(setup([() => new Response("<p>sign in")]).events), { name: "EventStreamError" });
});

Deno.test("followEvents() asks for a ticket and for headers before each connection", async () => {
  let [tickets, tokens] = [0, 0];
  const { events, requests } = setup([stream("id: 1\n\n"), OVER], {
    ticket: () => Promise.resolve(`t&${++tickets}`),
    headers: () => ({ Authorization: `Bearer ${++tokens}` }),
  });
  await all(events);
  assert.deepEqual(requests.map(({ url }) => url.searchParams.get("ticket")), ["t&1", "t&2"]);
  assert.deepEqual(requests.map(({ headers }) => headers.get("authorization")), ["Bearer 1", "Bearer 2"]);
});

Deno.test("followEvents() reads no faster than it is asked, and lets go of the connection when nobody asks", async () => {
  let [made, cancelled] = [0, false];
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(`id: ${++made}\ndata: x\n\n`)),
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  const { events } = setup([() => new Response(body, { headers: { "Content-Type": "text/event-stream" } })]);
  for await (const { id } of events) {
    assert.equal(made, Number(id));
    if (id === "20") break;
  }
  assert.equal(cancelled, true);
});

Deno.test("followEvents() ends with the signal's reason, also while it waits", async () => {
  const enough = new AbortController();
  const { events } = setup([stream("id: 1\ndata: x\n\n")], {
    signal: enough.signal,
    wait: (_ms, signal) =>
      new Promise((_resolve, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
  });
  assert.equal((await events.next()).value?.id, "1");
  const next = assert.rejects(events.next(), { name: "EnoughError" });
  enough.abort(Object.assign(new Error("enough"), { name: "EnoughError" }));
  await next;
});

Deno.test("the client takes nothing of the server into a page but types", async () => {
  for (const file of ["routes/client.ts", "routes/follow_events.ts"]) {
    const source = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
    const loaded = [...source.matchAll(/^(?:import|export) (?!type )[^;]*? from "([^"]+)"/gm)].map(([, name]) => name);
    assert.deepEqual(
      loaded.filter((name) => !["hono/client", "eventsource-parser", "./follow_events.ts"].includes(name!)),
      [],
    );
  }
});
