import assert from "node:assert/strict";
import { createClient, followEvents, type StreamedEvent } from "../../routes/client.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { readEvents } from "../support/read_events.ts";
import { serveApp } from "../support/served_app.ts";

const JOBS = 40;

/** Passes so many bytes on, wherever in an event that is, then breaks. */
function cutAfter(bytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let left = bytes;
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) controller.error(new TypeError("connection reset"));
    },
  });
}

Deno.test("followEvents() sees every event once, in order, however often its connection is cut (P14)", async () => {
  await using served = await serveApp();
  const { api } = createClient(served.url);
  const random = seededRandom(7);
  let connections = 0;
  const cutting: typeof fetch = async (input, init) => {
    connections++;
    const response = await fetch(input, init);
    if (response.body === null) return response;
    return new Response(response.body.pipeThrough(cutAfter(200 + Math.floor(random.next() * 3_000))), response);
  };
  const seen: StreamedEvent[] = [];
  const waits: number[] = [];
  const follow = (async () => {
    const url = `${served.url}/api/notifications/stream`;
    const wait = (ms: number) => Promise.resolve(void waits.push(ms));
    for await (const event of followEvents(url, { lastEventId: "0", fetch: cutting, wait })) {
      seen.push(event);
      if (seen.filter(({ type }) => type === "job.succeeded").length === JOBS) break;
    }
  })();
  for (let job = 0; job < JOBS; job++) {
    const submitted = await api.jobs.$post({ json: { type: "echo", payload: { text: `${job}` } }, header: {} });
    assert.equal(submitted.status, 201);
    await submitted.body?.cancel();
  }
  await follow;
  await served.node.quiet();
  const log = await readEvents(served.node.system, "demo", { count: seen.length });
  assert.deepEqual(seen.map(({ id, type }) => [Number(id), type]), log.map(({ number, type }) => [number, type]));
  assert.ok(connections > 3, `${connections} connections`);
  assert.equal(waits.length, connections - 1);
  assert.ok(waits.every((ms) => ms >= 1_000), `${waits}`);
});
