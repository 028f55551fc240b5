import assert from "node:assert/strict";
import { apiOf, rowsOf, until } from "../support/api.ts";
import { type ServerOptions, startServer } from "../support/running_server.ts";
import { readSse } from "../support/sse_reader.ts";
import { problemIn } from "../support/test_app.ts";

const env = { ACTORS: "tests/support/actors/mod.ts" };

Deno.test("when I stop the server, a job that cannot finish in time is put back and costs no attempt", async () => {
  await using server = await startServer({ env: { ...env, STOP_GRACE_MS: "200" } });
  const { submit, waitFor, logs } = apiOf(server);
  const { id } = await submit({ type: "sleepy", payload: { ms: 2_500 }, maxAttempts: 1 });
  await waitFor(id, "running");
  assert.equal(await server.stop(), 0);
  assert.deepEqual(rowsOf(server, "select attempts from messages where key = ?", id), [{ attempts: 0 }]);
  assert.deepEqual(rowsOf(server, "select outcome from attempts"), []);

  await server.restart();
  assert.equal((await waitFor(id, "succeeded")).attempts, 1);
  assert.deepEqual((await logs(id)).map(({ attempt, outcome }) => [attempt, outcome]), [[1, "succeeded"]]);
});

Deno.test("when I stop the server, a job that can finish in time does", async () => {
  await using server = await startServer({ env });
  const { submit, waitFor } = apiOf(server);
  const { id } = await submit({ type: "sleepy", payload: { ms: 700 } });
  await waitFor(id, "running");
  assert.equal(await server.stop(), 0);
  assert.deepEqual(rowsOf(server, "select status, attempts from jobs where id = ?", id), [
    { status: "succeeded", attempts: 1 },
  ]);
});

Deno.test("requests under another name than this machine's are refused", async () => {
  await using server = await startServer({ env });
  const { send } = apiOf(server);
  const port = Number(new URL(server.url).port);
  for (const host of [`mailroom.example:${port}`, `127.0.0.1.example:${port}`, "127.0.0.1:1", "localhost"]) {
    assert.equal(await statusUnder(host, { port, request: "GET /health" }), 403, host);
    assert.equal(await statusUnder(host, { port, request: "POST /api/jobs" }), 403, host);
  }
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) {
    assert.equal(await statusUnder(host, { port, request: "GET /health" }), 200, host);
  }
  await problemIn(await send("POST", "/api/jobs", { type: "trivial" }, { origin: "http://mailroom.example" }), 403);
  assert.deepEqual(rowsOf(server, "select id from jobs"), []);
});

Deno.test("the server refuses to be open to the network, and says why", async () => {
  await assert.rejects(
    startAndStop({ env: { HOST: "0.0.0.0" } }),
    /exited with code 1 .*mailroom: The environment cannot be used: HOST must be .*while nobody has to sign in: set AUTH_SECRET/s,
  );
});

Deno.test("a second server on the same file refuses to start, and the first goes on", async () => {
  await using first = await startServer({ env });
  await assert.rejects(
    startAndStop({ env, dataDir: first.dataDir }),
    /exited with code 1 .*belongs to another running process.*stop the other one.*storage-locked/s,
  );
  const { submit, waitFor } = apiOf(first);
  await waitFor((await submit({ type: "trivial" })).id, "succeeded");
});

Deno.test("a reader that comes back too late is told that it has missed something", async () => {
  await using server = await startServer({ env: { ...env, EVENTS_KEPT: "5" } });
  const { submit, waitFor, send } = apiOf(server);
  for (let count = 0; count < 8; count++) await waitFor((await submit({ type: "trivial" })).id, "succeeded");
  const trimmedTo = await until("all but five events are gone", async () => {
    const [log] = await Promise.resolve(rowsOf(server, "select * from tenants where tenant = 'demo'"));
    return log?.["trimmed_to"] === Number(log?.["last_event"]) - 5 ? Number(log?.["trimmed_to"]) : undefined;
  });

  const response = await send("GET", "/api/notifications/stream", undefined, { "last-event-id": "1" });
  const reader = readSse(response);
  const gap = await reader.nextEvent();
  const next = await reader.nextEvent();
  await reader.cancel();
  assert.deepEqual([gap?.event, gap?.id], ["gap", String(trimmedTo)]);
  assert.deepEqual(JSON.parse(gap!.data!), { type: "gap", reason: "trimmed", trimmedTo });
  assert.equal(next?.id, String(trimmedTo + 1));
});

/** Leaves no server behind where one starts that should not. */
async function startAndStop(options: ServerOptions): Promise<void> {
  await using _server = await startServer(options);
}

/** The status of the answer to a request whose Host header says so, which fetch would not send. */
async function statusUnder(host: string, { port, request }: { port: number; request: string }): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `${request} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  const text = await new Response(connection.readable).text();
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
}
