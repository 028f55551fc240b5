import assert from "node:assert/strict";
import type { JobView } from "../../routes/job_view.ts";
import { apiOf, rowsOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { problemIn } from "../support/test_app.ts";

const env = { ACTORS: "tests/support/actors/mod.ts" };

Deno.test("I am in control of my jobs", async (t) => {
  await using server = await startServer({ env: { ...env, WORKERS: "1" } });
  const { send, submit, job, waitFor, logs } = apiOf(server);
  const act = async (id: string, what: "cancel" | "retry") => {
    const response = await send("POST", `/api/jobs/${id}/${what}`);
    return { status: response.status, body: await response.json() };
  };

  await t.step("I can cancel a job that waits, and it never runs", async () => {
    const { id } = await submit({ type: "trivial", delayMs: 3_000 });
    const { status, body } = await act(id, "cancel");
    const later = await submit({ type: "trivial", delayMs: 3_000 });
    assert.deepEqual([status, body.status], [200, "cancelled"]);
    await waitFor(later.id, "succeeded");
    assert.deepEqual([(await job(id)).status, (await job(id)).attempts], ["cancelled", 0]);
    assert.deepEqual(await logs(id), []);
    await problemIn(await send("POST", `/api/jobs/${id}/cancel`), 409);
  });

  await t.step("I can cancel a job that runs, and it ends early", async () => {
    const begunAt = performance.now();
    const { id } = await submit({ type: "sleepy", payload: { ms: 15_000 } });
    await waitFor(id, "running");
    assert.equal((await act(id, "cancel")).status, 202);
    const ended = await waitFor(id, "cancelled");
    assert.ok(performance.now() - begunAt < 10_000);
    assert.deepEqual([ended.attempts, ended.result], [1, null]);
    assert.deepEqual((await logs(id)).map(({ outcome }) => outcome), ["cancelled"]);
  });

  await t.step("I can run a failed job again, and a succeeded one too", async () => {
    const failed = await submit({ type: "misbehaving", payload: { how: "throw" } });
    const succeeded = await submit({ type: "trivial", payload: { text: "twice" } });
    for (const [{ id }, status] of [[failed, "failed"], [succeeded, "succeeded"]] as const) {
      await waitFor(id, status);
      const { status: answered, body } = await act(id, "retry");
      assert.deepEqual([answered, body.run, body.error, body.result], [202, 2, null, null]);
      const again = await until("the second run is over", async () => {
        const found = await job(id);
        return found.finishedAt === null ? undefined : found;
      });
      assert.deepEqual([again.status, again.run, again.attempts], [status, 2, 1]);
      assert.deepEqual((await logs(id)).map(({ run, attempt }) => [run, attempt]), [[1, 1], [2, 1]]);
    }
  });

  await t.step("a job that has not finished cannot be run again", async () => {
    const { id } = await submit({ type: "trivial", delayMs: 60_000 });
    await problemIn(await send("POST", `/api/jobs/${id}/retry`), 409);
    assert.equal((await act(id, "cancel")).status, 200);
  });

  await t.step("a job begins when I said, not before", async () => {
    const runAt = new Date(Date.now() + 400).toISOString();
    const dated = await submit({ type: "trivial", runAt });
    const delayed = await submit({ type: "trivial", delayMs: 400 });
    assert.equal(dated.runAt, runAt);
    assert.equal(Date.parse(delayed.runAt), Date.parse(delayed.createdAt) + 400);
    for (const { id, runAt } of [dated, delayed]) {
      const { startedAt } = await waitFor(id, "succeeded");
      assert.ok(startedAt! >= runAt && Date.parse(startedAt!) < Date.parse(runAt) + 5_000, `${startedAt} for ${runAt}`);
    }
  });

  await t.step("a job with the dedupe key of one that waits is that one", async () => {
    const first = await submit({ type: "trivial", delayMs: 300, dedupeKey: "daily" });
    const response = await send("POST", "/api/jobs", { type: "trivial", payload: { text: "b" }, dedupeKey: "daily" });
    const second = await response.json();
    assert.deepEqual([response.status, second.jobId], [200, first.id]);
    assert.equal(response.headers.get("location"), `/api/jobs/${first.id}`);
    await waitFor(first.id, "succeeded");
    const third = await send("POST", "/api/jobs", { type: "trivial", dedupeKey: "daily" });
    assert.equal(third.status, 201);
    assert.notEqual((await third.json()).jobId, first.id);
  });

  await t.step("I can submit a thousand jobs at once, and all of them run", async () => {
    const jobs = Array.from({ length: 1_000 }, (_, index) => ({ type: "trivial", payload: { text: `${index}` } }));
    const response = await send("POST", "/api/jobs/batch", { jobs });
    const { items } = await response.json();
    assert.deepEqual([response.status, items.length], [201, 1_000]);
    assert.equal(new Set(items.map(({ id }: JobView) => id)).size, 1_000);
    await until("all have succeeded", async () => {
      const { pending } = await (await send("GET", "/health")).json();
      return pending === 0 ? true : undefined;
    });
    for (const index of [0, 9, 10, 999]) {
      assert.deepEqual((await job(items[index].id)).result, { length: `${index}`.length });
    }
  });

  await t.step("a batch with one bad job, or with one too many, is refused as a whole", async () => {
    const count = () => rowsOf(server, "select count(*) as many from jobs")[0]?.["many"];
    const before = count();
    const bad = [{ type: "trivial" }, { type: "sleepy", payload: { ms: "no" } }, { type: "unheard-of" }];
    const { errors } = await problemIn(await send("POST", "/api/jobs/batch", { jobs: bad }), 422);
    assert.deepEqual(errors?.map(({ pointer }) => pointer), ["/jobs/1/payload/ms", "/jobs/2/type"]);
    const many = Array.from({ length: 1_001 }, () => ({ type: "trivial" }));
    await problemIn(await send("POST", "/api/jobs/batch", { jobs: many }), 422);
    assert.equal(count(), before);
  });
});

Deno.test("of jobs that are due, the more important ones run first", async () => {
  // One at a time: those that are at the host together may end in any order.
  await using server = await startServer({ env: { ...env, TENANT_CONCURRENCY: "1" } });
  const { send, eventsSince } = apiOf(server);
  const runAt = new Date(Date.now() + 500).toISOString();
  const priorities = Array.from({ length: 500 }, (_, index) => (index * 7) % 500 - 250);
  const jobs = priorities.map((priority) => ({ type: "trivial", runAt, priority }));
  const { items } = await (await send("POST", "/api/jobs/batch", { jobs })).json();
  const priorityOf = new Map<string, number>(items.map((item: JobView) => [item.id, item.priority]));
  const events = await eventsSince(0, ({ type, data }) => type === "job.succeeded" && priorityOf.get(data.id) === -250);
  const order = events.filter(({ type }) => type === "job.succeeded").map(({ data }) => priorityOf.get(data.id));
  assert.deepEqual(order, priorities.toSorted((a, b) => b - a));
});

Deno.test("a request that I repeat is answered as before, also when the server was killed in between", async () => {
  await using server = await startServer({ env });
  const { send } = apiOf(server);
  const ask = async (text: string) => {
    const response = await send("POST", "/api/jobs", { type: "trivial", payload: { text } }, {
      "idempotency-key": "k-1",
    });
    return { response, body: await response.text() };
  };
  const first = await ask("same");
  const repeat = await ask("same");
  await server.kill();
  await server.restart();
  const afterwards = await ask("same");

  assert.equal(first.response.headers.get("idempotency-replayed"), null);
  for (const { response, body } of [repeat, afterwards]) {
    assert.deepEqual([response.status, body], [201, first.body]);
    assert.equal(response.headers.get("location"), first.response.headers.get("location"));
    assert.equal(response.headers.get("idempotency-replayed"), "true");
  }
  const other = await ask("different");
  assert.equal(other.response.status, 422);
  assert.match(other.body, /key-reused/);
  assert.equal(rowsOf(server, "select id from jobs").length, 1);
});
