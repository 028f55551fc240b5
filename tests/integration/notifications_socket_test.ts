import assert from "node:assert/strict";
import { CLOSED } from "../../routes/socket_stream.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { before } from "../support/deadline.ts";
import { serveApp, type ServedApp } from "../support/served_app.ts";
import { readSocket } from "../support/socket_reader.ts";
import { readSse } from "../support/sse_reader.ts";
import { bearer, secretAuthentication, signToken } from "../support/tokens.ts";

const PATH = "/api/notifications/ws";

const emit = ({ node }: ServedApp, tenant: string, count: number, type = "thing.happened") =>
  node.system.write(tenant, {
    rows: [],
    events: Array.from({ length: count }, (_, index) => ({ type, subject: "thing/1", data: `${index}` })),
  });
const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

Deno.test("S4-11 a WebSocket tells the same events as the event stream, with the same numbers, and resumes alike", async () => {
  await using served = await serveApp();
  await emit(served, "demo", 40);
  const sse = readSse(await fetch(`${served.url}/api/notifications/stream?lastEventId=0`));
  const socket = await readSocket(`${served.url}${PATH}?lastEventId=0`);
  await emit(served, "demo", 40, "job.made");
  const told: unknown[] = [];
  while (told.length < 80) {
    const { id, data } = (await sse.nextEvent())!;
    told.push({ id: Number(id), ...JSON.parse(data!) });
  }
  const heard: unknown[] = [];
  while (heard.length < 80) {
    const { type, events } = (await socket.next())!;
    if (type === "events") heard.push(...events);
  }
  assert.deepEqual(heard, told);
  await socket.close();
  const resumed = await readSocket(`${served.url}${PATH}?lastEventId=33&topics=job`);
  assert.deepEqual(await resumed.ids(40), count(41, 80));
  await Promise.all([resumed.close(), sse.cancel()]);
});

Deno.test("a socket that is cut again and again brings every event once", async () => {
  await using served = await serveApp();
  const seen: number[] = [];
  for (let cuts = 0; seen.length < 400; cuts++) {
    if (cuts < 20) await emit(served, "demo", 20);
    const socket = await readSocket(`${served.url}${PATH}?lastEventId=${seen.at(-1) ?? 0}`);
    seen.push(...await socket.ids(1));
    await socket.close();
  }
  assert.deepEqual(seen, count(1, 400));
});

Deno.test("a socket that nobody reads delays no other, and is there no more when its reader goes", async () => {
  await using served = await serveApp();
  const stalled = await Deno.connect({ hostname: "127.0.0.1", port: served.port });
  await stalled.write(new TextEncoder().encode(
    `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  ));
  assert.ok(await stalled.read(new Uint8Array(12)));
  const reader = await readSocket(`${served.url}${PATH}`);
  const text = JSON.stringify("x".repeat(20_000));
  for (let commits = 0; commits < 20; commits++) {
    const events = Array.from({ length: 20 }, () => ({ type: "thing.happened", subject: "thing/1", data: text }));
    await served.node.system.write("demo", { rows: [], events });
  }
  assert.deepEqual(await reader.ids(400), count(1, 400));
  await reader.close();
  stalled.close();
});

Deno.test("who may not read, or comes from another's page, gets no socket", async () => {
  await using served = await serveApp({ corsOrigins: ["https://app.example"] });
  const ask = async (headers: Record<string, string>) => {
    const lines = Object.entries({ Host: `127.0.0.1:${served.port}`, ...headers }).map(([name, value]) =>
      `${name}: ${value}\r\n`
    );
    return (await served.raw(`GET ${PATH} HTTP/1.1\r\n${lines.join("")}Connection: close\r\n\r\n`)).slice(9, 12);
  };
  assert.equal(await ask({}), "426");
  assert.equal(await ask({ Upgrade: "websocket" }), "400", "a handshake that is not whole");
  assert.equal(await ask({ Upgrade: "websocket", Origin: "https://evil.example" }), "403");
  assert.equal(await ask({ Upgrade: "websocket", Origin: `http://127.0.0.1:1` }), "403");
  const allowed = await readSocket(`${served.url}${PATH}`, { Origin: "https://app.example" });
  await allowed.close();
  await assert.rejects(readSocket(`${served.url}${PATH}`, { Origin: "https://app.example", Cookie: "mailroom=1" }));
  const own = await readSocket(`${served.url}${PATH}`, { Origin: served.url });
  await own.close();
  assert.equal((await (await fetch(`${served.url}/health`)).json()).streams, 0);
});

Deno.test("a socket hears its own tenant, is opened with a token or a ticket, and ends with it", async () => {
  await using served = await serveApp({ authentication: await secretAuthentication(systemClock) });
  await assert.rejects(readSocket(served.url + PATH));
  const headers = bearer(await signToken(systemClock, { claims: { role: "viewer" } }));
  const socket = await readSocket(`${served.url}${PATH}?lastEventId=0`, headers);
  await emit(served, "beta", 3);
  await emit(served, "acme", 1, "thing.own");
  let message = await socket.next();
  while (message?.type !== "events") message = await socket.next();
  assert.deepEqual(message["events"].map(({ type }: { type: string }) => type), ["thing.own"]);

  const made = await fetch(`${served.url}/api/notifications/tickets`, { method: "POST", headers });
  const { ticket } = await made.json();
  const byTicket = await readSocket(`${served.url}${PATH}?lastEventId=0&ticket=${ticket}`);
  assert.deepEqual(await byTicket.ids(1), [1]);
  await assert.rejects(readSocket(`${served.url}${PATH}?ticket=${ticket}`));

  const nowS = Math.floor(systemClock.now() / 1_000);
  // A token holds a little longer than it says, for clocks that differ.
  const ending = bearer(await signToken(systemClock, { claims: { exp: nowS - 3 } }));
  const short = await readSocket(served.url + PATH, ending);
  let isClosed = false;
  void short.closed.then(() => isClosed = true);
  while (!isClosed) {
    await emit(served, "acme", 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal((await short.closed).code, CLOSED.signedOut[0]);
  await Promise.all([socket.close(), byTicket.close()]);
});

Deno.test("sockets count among the streams, and are asked to come back when the server stops", async () => {
  const served = await serveApp({ maxStreams: 2 });
  const sockets = [await readSocket(served.url + PATH), await readSocket(served.url + PATH)];
  await assert.rejects(readSocket(served.url + PATH));
  assert.equal((await (await fetch(`${served.url}/health`)).json()).streams, 2);
  served.node.system.feed.close();
  for (const { closed } of sockets) assert.equal((await closed).code, CLOSED.comeBack[0]);
  await before(Promise.resolve(served[Symbol.asyncDispose]()), 5_000, () => new Error("The server did not stop"));
});
