import assert from "node:assert/strict";
import { type Api, apiOf, rowsOf } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { problemIn } from "../support/test_app.ts";
import { shareServer } from "../support/shared_server.ts";

const theServer = shareServer();

const env = { ACTORS: "tests/support/actors/mod.ts" };

Deno.test("jobs run", async (t) => {
  const server = theServer();
  const { send, submit, waitFor, logs, eventsSince } = apiOf(server);

  await t.step("a job that fails is tried again later and later [S2-9]", async () => {
    const ceilingsMs = [20, 40, 80];
    const jobs = Array.from({ length: 60 }, () => ({ type: "flaky", payload: { succeedsAt: 4 } }));
    const { items } = await (await send("POST", "/api/jobs/batch", jobs)).json();
    for (const { id } of items) await waitFor(id, "succeeded");
    const { id: last } = await submit({ type: "trivial" });
    const events = await eventsSince(0, (event) => event.type === "job.succeeded" && event.data.id === last);

    const delays = events.filter(({ type }) => type === "job.retrying")
      .map(({ at, data }) => ({ attempt: data.attempt as number, ms: Date.parse(data.runAt) - Date.parse(at) }));
    assert.equal(delays.length, 180);
    for (const { attempt, ms } of delays) assert.ok(ms <= ceilingsMs[attempt - 1]!, `${ms} ms after ${attempt}`);
    const longest = (attempt: number) =>
      Math.max(...delays.filter((one) => one.attempt === attempt).map(({ ms }) => ms));
    assert.ok(longest(2) > 20 && longest(3) > 60, `at most ${longest(2)} ms, then ${longest(3)} ms`);

    const dueAt = new Map<string, number>();
    for (const { type, data } of events) {
      if (type === "job.retrying") dueAt.set(`${data.id} ${data.attempt + 1}`, Date.parse(data.runAt));
    }
    const begun = rowsOf(
      server,
      "select job_id, attempt, started_at from attempts where tenant = ? and attempt > 1",
      server.tenant,
    );
    assert.equal(begun.length, 180);
    for (const { job_id: id, attempt, started_at: at } of begun) {
      assert.ok(Number(at) >= dueAt.get(`${id} ${attempt}`)!, "begun before its time");
    }
  });

  await t.step("when its last attempt fails the job has failed, and says why [S2-10]", async () => {
    const { id } = await submit({ type: "flaky", payload: { succeedsAt: 99 } });
    const job = await waitFor(id, "failed");
    const error = { code: "handler-failed", message: "attempt 4 was not meant to succeed", verdict: "threw" };
    assert.deepEqual([job.attempts, job.error, job.result], [4, error, null]);
    assert.equal((await logs(id)).length, 4);
    const problem = await problemIn(await send("GET", `/api/jobs/${id}/result`), 409);
    assert.match(problem.detail, /failed/);
  });

  await t.step(
    "each job is handled by the handler of its type, and its state and attempts are kept [S2-13]",
    async () => {
      const jobs = [
        { type: "trivial", payload: { text: "four" } },
        { type: "sleepy", payload: { ms: 1 } },
        { type: "flaky", payload: { succeedsAt: 1 } },
        { type: "misbehaving", payload: { how: "garbage" } },
      ];
      const { items } = await (await send("POST", "/api/jobs/batch", jobs)).json();
      const results = [];
      for (const { id } of items) {
        results.push((await waitFor(id, "succeeded")).result);
        assert.deepEqual((await logs(id)).map(({ outcome }) => outcome), ["succeeded"]);
      }
      assert.deepEqual(results, [{ length: 4 }, { sleptMs: 1 }, { attempt: 1 }, { did: "garbage" }]);
    },
  );
});

Deno.test("a queued job waits in its mailbox under its own id and leaves it when it has run [S2-11]", async () => {
  const server = theServer();
  const { submit, waitFor } = apiOf(server);
  const waiting = await submit({ type: "trivial", delayMs: 60_000 });
  const soon = await submit({ type: "trivial", delayMs: 50 });
  await waitFor(soon.id, "succeeded");
  assert.deepEqual(rowsOf(server, "select kind, key, name from messages where tenant = ?", server.tenant), [
    { kind: "trivial", key: waiting.id, name: "run" },
  ]);
});

Deno.test("another store behind the queue changes nothing for me [S2-12]", async () => {
  const onDisk = theServer();
  await using folder = await temporaryFolder();
  await using inMemory = await startServer({ env: { ...env, DATABASE_URL: "sqlite::memory:", TMPDIR: folder.path } });
  const seen = await useOf(apiOf(onDisk));
  assert.deepEqual(await useOf(apiOf(inMemory)), seen);
  assert.deepEqual(seen.statuses, ["cancelled", "failed", "succeeded", "succeeded"]);
  await inMemory.stop();
  assert.deepEqual([...Deno.readDirSync(folder.path)], [], "something is left of what was in memory");
});

/** Everything that a user of the queue sees, but for ids and times. */
async function useOf({ send, submit, waitFor, logs, eventsSince }: Api) {
  const jobs = [
    { type: "trivial", payload: { text: "one" } },
    { type: "flaky", payload: { succeedsAt: 2 } },
    { type: "misbehaving", payload: { how: "reject" } },
    { type: "trivial", delayMs: 60_000 },
  ];
  const ids: string[] = [];
  for (const job of jobs) ids.push((await submit(job)).id);
  await (await send("POST", `/api/jobs/${ids[3]}/cancel`)).body?.cancel();
  const [one, two, three, four] = ids as [string, string, string, string];
  const seen = [
    await waitFor(one, "succeeded"),
    await waitFor(two, "succeeded"),
    await waitFor(three, "failed"),
    await waitFor(four, "cancelled"),
  ];
  const { id: last } = await submit({ type: "trivial" });
  const events = await eventsSince(0, ({ type, data }) => type === "job.succeeded" && data.id === last);
  // Whether a quick job is told to have begun is a matter of time.
  const told = events.filter(({ type }) => type !== "job.started");
  return {
    jobs: seen.map(({ type, status, run, attempts, result, error }) => ({
      type,
      status,
      run,
      attempts,
      result,
      error,
    })),
    attempts: await Promise.all(
      ids.map(async (id) => (await logs(id)).map(({ outcome, lines }) => [outcome, lines.length])),
    ),
    events: ids.map((id) => told.filter(({ data }) => data.id === id).map(({ type }) => type)),
    statuses: seen.map(({ status }) => status).sort(),
  };
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "mailroom-memory-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
