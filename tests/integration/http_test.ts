import assert from "node:assert/strict";
import { before } from "../support/deadline.ts";
import { closeGate } from "../support/gates.ts";
import { serveApp } from "../support/served_app.ts";
import { readSse, type SseReader } from "../support/sse_reader.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

const submission = (type: string, payload: unknown, more = {}) => ({
  method: "POST",
  headers: JSON_TYPE,
  body: JSON.stringify({ type, payload, ...more }),
});

Deno.test("a submitted job runs and its history can be read (S2-1, S2-3, S2-4, S4-54)", async () => {
  await using served = await serveApp();
  const submitted = await fetch(`${served.url}/api/jobs`, submission("flaky", { failures: 1 }));
  assert.equal(submitted.status, 201);
  const first = await submitted.json();
  await served.node.quiet();
  const job = await (await fetch(served.url + submitted.headers.get("location"))).json();
  assert.deepEqual([job.status, job.attempts, job.result], ["succeeded", 2, { attempt: 2 }]);
  assert.ok(Math.abs(Date.parse(job.createdAt) - Date.parse(first.createdAt)) < 1_000);
  const { items } = await (await fetch(`${served.url}/api/jobs/${job.id}/logs`)).json();
  assert.deepEqual(items.map(({ attempt, outcome }: Record<string, unknown>) => [attempt, outcome]), [
    [1, "failed"],
    [2, "succeeded"],
  ]);
  assert.equal(items[0].error.message, "Attempt 1 failed");
  assert.equal(items[0].lines[0].message, "attempt 1");
});

Deno.test("a job is followed from queued to its end, a running one is cancelled, a cancelled one retried", async () => {
  await using served = await serveApp();
  const gate = closeGate("http");
  try {
    const { id } = await (await fetch(`${served.url}/api/jobs`, submission("patient", { gate: "http" }))).json();
    await gate.reached();
    const reader = readSse(await fetch(`${served.url}/api/jobs/${id}/stream`));
    assert.equal((await reader.nextEvent())?.event, "job");
    const cancelled = await fetch(`${served.url}/api/jobs/${id}/cancel`, { method: "POST" });
    assert.equal(cancelled.status, 202);
    await cancelled.body?.cancel();
    let last = await reader.nextEvent();
    for (let next = last; next !== null; next = await reader.nextEvent()) last = next;
    assert.equal(last?.event, "job.cancelled");
    const retried = await fetch(`${served.url}/api/jobs/${id}/retry`, { method: "POST" });
    assert.deepEqual([retried.status, (await retried.json()).run], [202, 2]);
    await gate.reached();
    gate.open();
    await served.node.quiet();
    assert.equal((await (await fetch(`${served.url}/api/jobs/${id}`)).json()).status, "succeeded");
  } finally {
    gate.open();
  }
});

Deno.test("eight submissions at once with one Idempotency-Key are one job, answered in the same bytes", async () => {
  await using served = await serveApp();
  const request = submission("echo", { text: "once" });
  const send = () =>
    fetch(`${served.url}/api/jobs`, { ...request, headers: { ...JSON_TYPE, "Idempotency-Key": "k-1" } });
  const bodies = await Promise.all(Array.from({ length: 8 }, async () => {
    const response = await send();
    assert.equal(response.status, 201);
    return await response.text();
  }));
  assert.equal(new Set(bodies).size, 1);
  const { items } = await (await fetch(`${served.url}/api/jobs`)).json();
  assert.equal(items.length, 1);
});

Deno.test("a batch is all or none, and pages of the list meet each of its jobs once", async () => {
  await using served = await serveApp();
  const jobs = Array.from({ length: 120 }, (_, index) => ({ type: "echo", payload: { text: `${index}` } }));
  const batch = (body: unknown) =>
    fetch(`${served.url}/api/jobs/batch`, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) });
  const refused = await batch({ jobs: [...jobs, { type: "echo", payload: {} }] });
  assert.equal(refused.status, 422);
  assert.equal((await refused.json()).errors[0].pointer, "/jobs/120/payload/text");
  const { items } = await (await batch({ jobs })).json();
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const url: string = `${served.url}/api/jobs?limit=50${cursor && `&cursor=${cursor}`}`;
    const page = await (await fetch(url)).json();
    seen.push(...page.items.map(({ id }: { id: string }) => id));
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen, items.map(({ id }: { id: string }) => id).reverse());
  await served.node.quiet();
});

Deno.test("a reader that is cut again and again sees every event once", async () => {
  await using served = await serveApp();
  const jobs = Array.from({ length: 100 }, (_, index) => ({ type: "echo", payload: { text: `${index}` } }));
  const body = JSON.stringify({ jobs });
  const submitting = fetch(`${served.url}/api/jobs/batch`, { method: "POST", headers: JSON_TYPE, body });
  const seen: number[] = [];
  while (seen.length < 200) {
    const reader = readSse(
      await fetch(`${served.url}/api/notifications/stream?topics=job`, {
        headers: { "Last-Event-ID": `${seen.at(-1) ?? 0}` },
      }),
    );
    for (let count = 0; count < 17 && seen.length < 200; count++) seen.push(Number((await reader.nextEvent())!.id));
    await reader.cancel();
  }
  assert.deepEqual(seen, Array.from({ length: 200 }, (_, index) => index + 1));
  await (await submitting).body?.cancel();
});

Deno.test("three hundred readers with filters of their own see every event of theirs once, in order", async () => {
  await using served = await serveApp({ maxStreams: 300 });
  const topics = ["", "topics=job", "topics=thing", "topics=thing,job&named=false"];
  const readers = await Promise.all(Array.from({ length: 300 }, async (_, reader) => {
    const path = `/api/notifications/stream?lastEventId=0&${topics[reader % topics.length]}`;
    return readSse(await fetch(served.url + path));
  }));
  const submitting = (async () => {
    for (let count = 0; count < 50; count++) {
      const response = await fetch(`${served.url}/api/jobs`, submission("echo", { text: `${count}` }));
      await response.body?.cancel();
    }
  })();
  const idsOf = async (reader: SseReader) => {
    const ids: number[] = [];
    while (ids.length < 100) ids.push(Number((await reader.nextEvent())!.id));
    return ids;
  };
  const dense = Array.from({ length: 100 }, (_, index) => index + 1);
  await Promise.all(readers.map(async (reader, index) => {
    if (index % topics.length !== 2) assert.deepEqual(await idsOf(reader), dense);
  }));
  await submitting;
  await Promise.all(readers.map((reader) => reader.cancel()));
});

Deno.test("open streams end when the feed closes, so the server can stop", async () => {
  const served = await serveApp();
  const readers = await Promise.all(Array.from({ length: 5 }, () => fetch(`${served.url}/api/notifications/stream`)));
  const texts = readers.map((response) => response.text());
  await served[Symbol.asyncDispose]();
  for (const text of await Promise.all(texts)) assert.match(text, /retry: 1000\n\n$/);
});

const CLOSE = "Connection: close\r\n\r\n";

const WIRE: readonly (readonly [what: string, request: (host: string) => string, status: number])[] = [
  ["a Host with a space", () => `GET /health HTTP/1.1\r\nHost: a b\r\n${CLOSE}`, 400],
  ["another Host", () => `GET /health HTTP/1.1\r\nHost: evil.example\r\n${CLOSE}`, 403],
  ["a Host without the port", () => `GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n${CLOSE}`, 403],
  ["TRACE", (host) => `TRACE /health HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}`, 405],
  ["a made-up method", (host) => `BREW /health HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}`, 405],
  ["a path with bad escapes", (host) => `GET /api/jobs/%E0%A4%A HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}`, 404],
  ["a path that climbs", (host) => `GET /docs/../../etc/passwd HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}`, 404],
  [
    "an encoded path that climbs",
    (host) => `GET /docs/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}`,
    404,
  ],
  [
    "more than 1 MiB in chunks",
    (host) =>
      `POST /api/jobs HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n${CLOSE}${
        `10000\r\n${"x".repeat(0x10000)}\r\n`.repeat(17)
      }`,
    413,
  ],
  [
    "an announced 2 MiB",
    (host) =>
      `POST /api/jobs HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2097152\r\n${CLOSE}`,
    413,
  ],
];

/** The body of a refused request is left to the garbage collector: see `readBody`. */
const LEAVES_BODY = { sanitizeResources: false };

Deno.test("clients that stop in the middle of a body do not keep the server from stopping", LEAVES_BODY, async () => {
  const served = await serveApp();
  const head = (path: string, length: string) =>
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
  const connections: Deno.Conn[] = [];
  for (
    const request of [
      `${head("/nope", "Content-Length: 20")}{`,
      `${head("/nope", "Transfer-Encoding: chunked")}5\r\n{`,
      `${head("/api/jobs", "Content-Length: 2000000")}{`,
      `${head("/api/jobs", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked")}5\r\n{`,
      `${head("/api/jobs/import", "Transfer-Encoding: chunked")}5\r\n{`,
    ]
  ) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: served.port });
    connections.push(connection);
    await connection.write(new TextEncoder().encode(request));
    await connection.read(new Uint8Array(1024));
  }
  await before(Promise.resolve(served[Symbol.asyncDispose]()), 5_000, () => new Error("The server did not stop"));
  for (const connection of connections) connection.close();
});

for (const [what, request, status] of WIRE) {
  Deno.test(`${what} is answered ${status} on the wire, and the server lives on`, LEAVES_BODY, async () => {
    await using served = await serveApp();
    const answer = await served.raw(request(`127.0.0.1:${served.port}`));
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), answer);
    assert.deepEqual(served.errors, []);
    const health = await fetch(`${served.url}/health`);
    assert.equal(health.status, 200);
    await health.body?.cancel();
  });
}
