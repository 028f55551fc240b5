import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Api, apiOf, rowsOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { readSse } from "../support/sse_reader.ts";
import { problemIn } from "../support/test_app.ts";
import { pause } from "./torture_campaign.ts";

const env = { ACTORS: "tests/support/actors/mod.ts" };

Deno.test("while the server stops, it is not ready, refuses commands, sends readers away and lets work finish [S4-37]", async () => {
  await using server = await startServer({ env });
  const api = apiOf(server);
  const { id } = await runningJob(api, 1_500);
  const stream = readSse(await api.send("GET", "/api/notifications/stream"));
  await stream.next();
  server.signal("SIGTERM");
  await isStopping(api);

  await problemIn(await api.send("GET", "/health/ready"), 503);
  const refused = await api.send("POST", "/api/jobs", { type: "trivial" });
  assert.match(refused.headers.get("retry-after")!, /^\d+$/);
  await problemIn(refused, 503);
  assert.equal((await api.job(id)).status, "running");
  let last = await stream.next();
  for (let frame = last; frame !== null; frame = await stream.next()) last = frame;
  assert.match(last!.retry!, /^\d+$/);

  assert.equal(await server.exited, 0);
  assert.deepEqual(rowsOf(server, "select status, attempts from jobs where id = ?", id), [
    { status: "succeeded", attempts: 1 },
  ]);
});

Deno.test("when I ask again, the server does not wait for work, and the work costs no attempt", async () => {
  await using server = await startServer({ env: { ...env, STOP_GRACE_MS: "600000" } });
  const api = apiOf(server);
  const { id } = await runningJob(api, 600_000);
  server.signal("SIGINT");
  await isStopping(api);
  let code: number | undefined;
  server.exited.then((ended) => code = ended);
  for (; code === undefined; await pause(100)) server.signal("SIGINT");
  assert.equal(code, 0);
  assert.deepEqual(rowsOf(server, "select attempts from messages where key = ?", id), [{ attempts: 0 }]);
});

Deno.test("when its terminal closes, the server stops as it does when it is asked to", async () => {
  await using server = await startServer({ env: { ...env, STOP_GRACE_MS: "100" } });
  const { id } = await runningJob(apiOf(server), 600_000);
  assert.equal(await server.kill("SIGHUP"), 0);
  assert.deepEqual(rowsOf(server, "select attempts from messages where key = ?", id), [{ attempts: 0 }]);
});

Deno.test("a server that is stopped while it starts ends, too", async () => {
  await using server = await startServer({ env });
  await server.stop();
  const restarted = server.restart().catch(() => {});
  await until(
    "it answers, and is not ready yet",
    () => fetch(`${server.url}/health`).then((answer) => answer.json()).catch(() => undefined),
  );
  assert.equal(await server.kill("SIGTERM"), 0);
  await restarted;
});

Deno.test("the server stops although its storage takes nothing; what it could not write runs again", async () => {
  await using server = await startServer({ env: { ...env, STOP_GRACE_MS: "1000" } });
  const api = apiOf(server);
  const { id } = await runningJob(api, 700);
  using other = new DatabaseSync(join(server.dataDir, "mailroom.db"));
  other.exec("begin immediate");
  await until("the storage is unavailable", async () => {
    const { storage } = await (await api.send("GET", "/health")).json();
    return storage === "unavailable" || undefined;
  });
  assert.equal(await server.stop(), 0);
  other.exec("rollback");
  await server.restart();
  assert.equal((await api.waitFor(id, "succeeded")).attempts, 1);
});

/** A job of the given length that is under way. */
async function runningJob(api: Api, ms: number): Promise<{ readonly id: string }> {
  const { id } = await api.submit({ type: "sleepy", payload: { ms }, maxAttempts: 1, timeoutMs: 3_600_000 });
  await api.waitFor(id, "running");
  return { id };
}

async function isStopping({ send }: Api): Promise<void> {
  await until("it is stopping", async () => {
    const { status } = await (await send("GET", "/health")).json();
    return status === "stopping" || undefined;
  });
}
