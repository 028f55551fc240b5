import assert from "node:assert/strict";
import { apiOf, rowsOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { shareServer } from "../support/shared_server.ts";

const theServer = shareServer();

const env = { ACTORS: "tests/support/actors/mod.ts" };

Deno.test("the history of a job can be read", async (t) => {
  const server = theServer();
  const { submit, job, waitFor, logs, send } = apiOf(server);

  await t.step("I can ask how a job is while it waits, while it runs and when it is over [S2-3]", async () => {
    const waiting = await submit({ type: "trivial", delayMs: 60_000 });
    const running = await submit({ type: "sleepy", payload: { ms: 500 } });
    assert.equal((await job(waiting.id)).status, "queued");
    const started = await waitFor(running.id, "running");
    assert.deepEqual([started.attempts, started.result, started.finishedAt], [1, null, null]);
    const done = await waitFor(running.id, "succeeded");
    assert.deepEqual(done.result, { sleptMs: 500 });
    assert.ok(Date.parse(done.finishedAt!) - Date.parse(done.startedAt!) >= 490);
  });

  await t.step("I can read what happened in every attempt, the oldest first [S2-4]", async () => {
    const { id } = await submit({ type: "flaky", payload: { succeedsAt: 3 } });
    await waitFor(id, "succeeded");
    const history = await logs(id);
    assert.deepEqual(history.map(({ attempt, outcome }) => [attempt, outcome]), [
      [1, "failed"],
      [2, "failed"],
      [3, "succeeded"],
    ]);
    for (const { startedAt, finishedAt } of history) assert.ok(Date.parse(startedAt) <= Date.parse(finishedAt));
    assert.equal((await job(id)).startedAt, history[2]!.startedAt);
  });

  await t.step("each time a job is run there is one more row of it in the database [S2-7]", async () => {
    const { id } = await submit({ type: "flaky", payload: { succeedsAt: 2 } });
    await waitFor(id, "succeeded");
    await (await send("POST", `/api/jobs/${id}/retry`)).body?.cancel();
    await until("the second run is over", async () => {
      const { run, status } = await job(id);
      return run === 2 && status === "succeeded" ? true : undefined;
    });
    assert.deepEqual(
      rowsOf(server, "select run, attempt, outcome from attempts where job_id = ? order by run, attempt", id),
      [
        { run: 1, attempt: 1, outcome: "failed" },
        { run: 1, attempt: 2, outcome: "succeeded" },
        { run: 2, attempt: 1, outcome: "failed" },
        { run: 2, attempt: 2, outcome: "succeeded" },
      ],
    );
  });

  await t.step("I can find out from the history why a job failed [S2-21]", async () => {
    const { id } = await submit({ type: "flaky", payload: { succeedsAt: 9 }, maxAttempts: 2 });
    await waitFor(id, "failed");
    for (const [index, { error, lines }] of (await logs(id)).entries()) {
      assert.equal(error?.message, `attempt ${index + 1} was not meant to succeed`);
      assert.match(error.stack ?? "", /tests\/support\/actors\/trivial\.ts:\d+/);
      assert.deepEqual(lines.map(({ level, message, fields }) => ({ level, message, fields })), [
        { level: "info", message: "trying", fields: { attempt: index + 1 } },
      ]);
    }
  });
});

Deno.test("a job's record is a row in SQLite [S2-6]", async () => {
  const server = theServer();
  const { submit, waitFor } = apiOf(server);
  const { id, createdAt } = await submit({ type: "trivial", payload: { text: "kept" }, priority: 7 });
  await waitFor(id, "succeeded");
  const [row] = rowsOf(server, "select * from jobs where id = ?", id);
  assert.equal(row?.["type"], "trivial");
  assert.deepEqual(JSON.parse(String(row["payload"])), { text: "kept" });
  assert.deepEqual([row["status"], row["priority"], row["result"]], ["succeeded", 7, '{"length":4}']);
  assert.equal(row["created_at"], Date.parse(createdAt));
});

Deno.test("what becomes of jobs outlives the server, whatever kills it", async (t) => {
  await using server = await startServer({ env });
  const { submit, job, waitFor, send } = apiOf(server);
  const queued = await submit({ type: "trivial", delayMs: 60_000 });
  const running = await submit({ type: "sleepy", payload: { ms: 20_000 } });
  const succeeded = await submit({ type: "trivial", payload: { text: "seven!!" } });
  const failed = await submit({ type: "misbehaving", payload: { how: "throw" } });
  const cancelled = await submit({ type: "trivial", delayMs: 60_000 });
  const tried = await submit({ type: "flaky", payload: { succeedsAt: 3 } });
  await (await send("POST", `/api/jobs/${cancelled.id}/cancel`)).body?.cancel();
  await waitFor(running.id, "running");
  await waitFor(succeeded.id, "succeeded");
  await waitFor(failed.id, "failed");
  const { attempts } = await waitFor(tried.id, "succeeded");
  await server.kill();

  const kept = rowsOf(server, "select id, status, attempts from jobs");
  await server.restart();

  await t.step("queued, running, succeeded, failed and cancelled are on disk [S2-5]", async () => {
    const status = Object.fromEntries(kept.map(({ id, status }) => [id, status]));
    assert.deepEqual(status, {
      [queued.id]: "queued",
      [running.id]: "running",
      [succeeded.id]: "succeeded",
      [failed.id]: "failed",
      [cancelled.id]: "cancelled",
      [tried.id]: "succeeded",
    });
    for (const { id } of [queued, succeeded, failed, cancelled]) assert.equal((await job(id)).status, status[id]);
  });

  await t.step("attempts are counted, and the count outlives the server [S2-8]", async () => {
    assert.deepEqual([tried.attempts, tried.maxAttempts, attempts], [0, 4, 3]);
    assert.equal(kept.find(({ id }) => id === tried.id)?.["attempts"], 3);
    assert.equal((await job(tried.id)).attempts, 3);
  });

  await t.step("what a handler returns is kept with its job [S2-14]", async () => {
    assert.deepEqual((await job(succeeded.id)).result, { length: 7 });
    assert.deepEqual(await (await send("GET", `/api/jobs/${succeeded.id}/result`)).json(), { length: 7 });
  });
});

Deno.test("jobs that wait when the server is killed run when it is back [S2-23]", async () => {
  await using server = await startServer({ env });
  const { send, waitFor } = apiOf(server);
  const jobs = Array.from({ length: 500 }, () => ({ type: "trivial", payload: { text: "again" } }));
  const { items } = await (await send("POST", "/api/jobs/batch", { jobs })).json();
  await server.kill();
  const [left] = rowsOf(server, "select count(*) as many from jobs where status in ('queued', 'running')");
  assert.ok(Number(left?.["many"]) > 0, "all had run before the kill");

  await server.restart();
  for (const { id } of items) assert.deepEqual((await waitFor(id, "succeeded")).result, { length: 5 });
});
