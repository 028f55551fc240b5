import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { timedServer } from "../support/calling_node.ts";
import { writeCallingActors } from "../support/calling_actors.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { PATIENCE_MS } from "../support/deadline.ts";

const retry = { maxAttempts: 3, baseMs: 10, maxMs: 50 };

async function upstreamNow({ url }: RunningServer) {
  const { upstreams } = await (await fetch(`${url}/health`)).json();
  return upstreams.find(({ name }: { name: string }) => name === "ups");
}

/** Of requests to the upstream, by the class of how they ended. */
async function requestsOf({ url }: RunningServer): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(/^mailroom_upstream_requests_total\{upstream="ups",errorClass="([a-z-]+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, errorClass, count]) => [errorClass, Number(count)]));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begunAt = performance.now();
  while (!await isSo()) assert.ok(performance.now() - begunAt < PATIENCE_MS, `${isSo} in vain`);
}

Deno.test('S1-27 the server obeys "wait for X seconds" over kill -9, and tells of it in health and metrics (S1-23, S1-24)', async () => {
  const answers: Record<number, () => Response> = {
    2: () => new Response(null, { status: 503 }),
    3: () => new Response("<html>Bad gateway</html>", { status: 502 }),
    5: () => new Response('{"error":"Please wait for 3 seconds"}', { status: 429 }),
  };
  await using ups = timedServer({ answer: (nth) => answers[nth]?.() ?? Response.json({ nth }) });
  await using actors = await writeCallingActors(ups.url, { retry, totalTimeoutMs: 2_500 });
  await using server = await startServer({ env: { ACTORS: actors.mod } });
  const { submit, waitFor, logs } = apiOf(server);
  const track = () => submit({ type: "tracker", payload: { url: "?x=1" } });
  assert.deepEqual(await upstreamNow(server), {
    ...{ name: "ups", breaker: "closed", errorRatio: 0, latencyMs: null, remaining: null, waitUntil: null },
  });

  assert.equal((await waitFor((await track()).id, "succeeded")).attempts, 1);
  // Two failures that pass, within one attempt of the job (S1-12).
  assert.equal((await waitFor((await track()).id, "succeeded")).attempts, 1);
  assert.equal(ups.cameAt.length, 4);
  const seen = await upstreamNow(server);
  assert.deepEqual([seen.breaker, seen.errorRatio], ["closed", 0.5]);
  assert.ok(seen.latencyMs > 0);
  assert.deepEqual(await requestsOf(server), { "none": 2, "server-error": 2 });

  const { id: asked } = await track();
  // Its turn has ended, so what the upstream asked for is on disk.
  await until(async () => (await logs(asked)).length === 1);
  assert.equal((await logs(asked))[0]!.outcome, "snoozed");
  assert.ok(Date.parse((await upstreamNow(server)).waitUntil) > Date.now());
  await server.kill();
  await server.restart();
  const { id: later } = await track();
  for (const id of [asked, later]) {
    const { attempts } = await waitFor(id, "succeeded");
    assert.equal(attempts, 1, JSON.stringify(await logs(id)));
  }
  const [limited, ...after] = ups.cameAt.slice(4);
  assert.equal(after.length, 2);
  assert.ok(after.every((at) => at - limited! >= 3_000), `${after.map((at) => at - limited!)}`);
});

Deno.test("S1-27 the breaker opens when the upstream stops, calls fail at once, and it closes by itself when the upstream is back (S3-45, S4-30)", async () => {
  const first = timedServer();
  const port = Number(new URL(first.url).port);
  const breaker = { minimumCalls: 3, openMs: 2_000 };
  await using actors = await writeCallingActors(first.url, { retry, breaker });
  await using server = await startServer({ env: { ACTORS: actors.mod } });
  const { submit, waitFor } = apiOf(server);
  const track = async () => (await submit({ type: "tracker", payload: { url: "?x=1" } })).id;
  await waitFor(await track(), "succeeded");
  await first[Symbol.asyncDispose]();

  const lost = await track();
  await until(async () => (await upstreamNow(server)).breaker === "open");
  const before = await requestsOf(server);
  const fast = await Promise.all(Array.from({ length: 10 }, track));
  await until(async () => (await requestsOf(server))["breaker-open"]! >= 10);
  const made = ({ connection = 0, timeout = 0 }: Record<string, number>) => connection + timeout;
  // Whoever was under way when it opened, and a probe.
  assert.ok(made(await requestsOf(server)) - made(before) <= 2);

  await using again = timedServer({ port });
  for (const id of [lost, ...fast]) await waitFor(id, "succeeded");
  for (const id of fast) assert.equal((await waitFor(id, "succeeded")).attempts, 1);
  assert.equal((await upstreamNow(server)).breaker, "closed");
  assert.equal(again.cameAt.length, 11);
});
