/**
 * What `Deno.serve` itself costs: streams of a constant chunk. `/full`: 16 events at once, again as soon as they are
 * taken; `/idle`: a heartbeat every 15 s, all of them by one timer.
 */
const EVENTS_AT_ONCE = 16;
const HEARTBEAT_MS = 15_000;
const SLICES = 60;

const encoder = new TextEncoder();
const subject = "job/01JD9ZK5T3M6X8QV2N4B7C1RSW";
const data = { id: subject.slice(4), type: "trivial", status: "succeeded", attempts: 1 };
const event = { type: "job.succeeded", subject, at: "2026-11-22T12:00:00.000Z", data };
const chunk = encoder.encode(`event: job.succeeded\nid: 1\ndata: ${JSON.stringify(event)}\n\n`.repeat(EVENTS_AT_ONCE));
const beat = encoder.encode(": heartbeat\nid: 1\n\n");
const opening = encoder.encode("retry: 1000\n\nid: 1\n\n");
const headers = { "Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform" };

const idle: Set<ReadableStreamDefaultController<Uint8Array>>[] = Array.from({ length: SLICES }, () => new Set());
let slice = 0;
setInterval(() => {
  for (const controller of idle[slice = (slice + 1) % SLICES]!) controller.enqueue(beat);
}, HEARTBEAT_MS / SLICES);

function full(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(opening),
    pull: (controller) => controller.enqueue(chunk),
  }, { highWaterMark: 0 });
}

function quiet(): ReadableStream<Uint8Array> {
  const beaten = idle[slice]!;
  let own: ReadableStreamDefaultController<Uint8Array>;
  return new ReadableStream({
    start(controller) {
      own = controller;
      controller.enqueue(opening);
      beaten.add(controller);
    },
    cancel: () => void beaten.delete(own),
  });
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  // deno-lint-ignore no-console -- what the parent waits for
  onListen: ({ port }) => console.log(`ready http://127.0.0.1:${port} ${chunk.length / EVENTS_AT_ONCE}`),
}, (request) => new Response(request.url.endsWith("/full") ? full() : quiet(), { headers }));
