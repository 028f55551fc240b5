/**
 * The least that a server does, as a process of its own: what is measured beside it is what Mailroom adds. A GET is answered
 * with a constant. A POST is answered when its job is a row on disk, and nothing ever runs it: the writer is a worker, and
 * commits what has gathered as soon as it is free.
 */
import type { BareJob } from "./http_bare_writer.ts";

const body = JSON.stringify({ id: "01JD9ZK5T3M6X8QV2N4B7C1RSW", text: "x".repeat(400) });
const headers = [["Content-Type", "application/json"]] as [string, string][];

const writer = new Worker(new URL("./http_bare_writer.ts", import.meta.url), { type: "module" });
writer.postMessage(Deno.env.get("DATABASE_URL")!.replace(/^sqlite:/, ""));
let waiting: { readonly job: BareJob; readonly durable: () => void }[] = [];
let written: typeof waiting = [];
writer.onmessage = () => {
  const done = written;
  written = [];
  writeOn();
  for (const { durable } of done) durable();
};

function writeOn(): void {
  if (written.length > 0 || waiting.length === 0) return;
  [written, waiting] = [waiting, []];
  writer.postMessage(JSON.stringify(written.map(({ job }) => job)));
}

function keep(job: BareJob): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.push({ job, durable: resolve });
  // With those of the same turn of the event loop.
  if (waiting.length === 1) queueMicrotask(writeOn);
  return promise;
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  // deno-lint-ignore no-console -- it says where it listens as the real one does
  onListen: ({ port }) => console.log(`ready http://127.0.0.1:${port}`),
}, async (request) => {
  if (request.method === "GET") return new Response(body, { status: 201, headers });
  const { type, payload } = await request.json();
  const job = { id: crypto.randomUUID(), type, payload: JSON.stringify(payload) };
  await keep(job);
  return new Response(JSON.stringify({ ...job, payload, status: "queued" }), { status: 201, headers });
});
