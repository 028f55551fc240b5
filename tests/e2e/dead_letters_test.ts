import assert from "node:assert/strict";
import type { DeadLetterView } from "../../routes/dead_letter_view.ts";
import { type Api, apiOf, rowsOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { problemIn } from "../support/test_app.ts";
import { shareServer } from "../support/shared_server.ts";

const theServer = shareServer();

const env = { ACTORS: "tests/support/actors/mod.ts" };
const TWENTY = Array.from({ length: 20 });

Deno.test("what was given up is kept, and I decide what becomes of it", async (t) => {
  const server = theServer();
  const api = apiOf(server);
  const { send, submit, job, waitFor, logs } = api;

  const failed = await submit({ type: "flaky", payload: { succeedsAt: 9 }, maxAttempts: 2 });
  await waitFor(failed.id, "failed");
  await accepted(send("POST", "/api/actors/brittle/vase/touch", { breaks: true }));
  const message = await until("the message is a dead letter", async () => (await letters(api, "kind=brittle"))[0]);

  await t.step("failed jobs and messages stand in one list, the newest first", async () => {
    assert.deepEqual((await letters(api)).map(({ id }) => id), [message.id, failed.id]);
    assert.deepEqual((await letters(apiOf(server, { tenant: "rival" }))).length, 0);
    const [first] = await letters(api, "limit=1");
    assert.deepEqual(first, message);
  });

  await t.step("each tells what it was, why it died, and where in the code", async () => {
    const { name, key, payload, attempts, error, stack, verdict, source } = message;
    assert.deepEqual({ name, key, payload, attempts, error, verdict, source }, {
      name: "touch",
      key: "vase",
      payload: { breaks: true },
      attempts: 2,
      error: { code: "handler-failed", message: "It broke at a touch" },
      verdict: "threw",
      source: "message",
    });
    assert.match(stack ?? "", /brittle\.ts:\d+/);
    const ofJob: DeadLetterView = await (await send("GET", `/api/dead-letters/${failed.id}`)).json();
    assert.deepEqual([ofJob.source, ofJob.kind, ofJob.attempts, ofJob.verdict], ["job", "flaky", 2, "threw"]);
    assert.match(ofJob.stack ?? "", /trivial\.ts:\d+/);
    assert.equal((await logs(failed.id))[1]?.error?.verdict, "threw");
  });

  await t.step("of twenty retries of a message at once one sends it again", async () => {
    const answers = await Promise.all(TWENTY.map(() => send("POST", `/api/dead-letters/${message.id}/retry`)));
    assert.deepEqual(await statusesOf(answers), [202, ...TWENTY.slice(1).map(() => 404)]);
    const again = await until("it has died again", async () => (await letters(api, "kind=brittle"))[0]);
    assert.notEqual(again.id, message.id);
    assert.deepEqual((await letters(api, "kind=brittle")).length, 1);
  });

  for (const path of ["jobs", "dead-letters"]) {
    await t.step(`of twenty POST /api/${path}/{id}/retry of a failed job at once one queues it`, async () => {
      const { id } = await submit({ type: "misbehaving", payload: { how: "throw" } });
      await waitFor(id, "failed");
      await accepted(send("POST", "/api/kinds/misbehaving/pause"));
      const answers = await Promise.all(TWENTY.map(() => send("POST", `/api/${path}/${id}/retry`)));
      assert.deepEqual(await statusesOf(answers), [202, ...TWENTY.slice(1).map(() => 409)]);
      const queued = await job(id);
      assert.deepEqual([queued.status, queued.run, queued.paused], ["queued", 2, true]);
      await accepted(send("POST", "/api/kinds/misbehaving/resume"));
      assert.equal((await waitFor(id, "failed")).run, 2);
      assert.deepEqual((await logs(id)).map(({ run }) => run), [1, 2]);
    });
  }

  await t.step("I delete one and it is gone for good, a job with its attempts", async () => {
    const [{ id }] = await letters(api, "kind=brittle") as [DeadLetterView];
    for (const gone of [id, failed.id]) {
      assert.equal((await send("DELETE", `/api/dead-letters/${gone}`)).status, 204);
      await problemIn(await send("DELETE", `/api/dead-letters/${gone}`), 404);
      await problemIn(await send("GET", `/api/dead-letters/${gone}`), 404);
    }
    await problemIn(await send("GET", `/api/jobs/${failed.id}/logs`), 404);
    const done = await submit({ type: "trivial" });
    await waitFor(done.id, "succeeded");
    await problemIn(await send("DELETE", `/api/dead-letters/${done.id}`), 409);
  });
});

Deno.test("a failed job that I delete leaves nothing of itself, nor of what I uploaded for it", async () => {
  const server = theServer();
  const { send, waitFor } = apiOf(server);
  const upload = await send("POST", "/api/jobs/import?dataset=people&key=email", "id,name\n1,Ann\n", {
    "content-type": "text/csv",
  });
  const { id } = await upload.json();
  await waitFor(id, "failed");
  const left = () =>
    ["jobs", "attempts", "job_inputs", "blobs", "blob_chunks", "actors"].map((table) =>
      rowsOf(server, `select count(*) as many from ${table} where tenant = ?`, server.tenant)[0]!["many"]
    );
  assert.deepEqual(left(), [1, 1, 1, 1, 1, 0]);
  assert.equal((await send("DELETE", `/api/dead-letters/${id}`)).status, 204);
  assert.deepEqual(left(), [0, 0, 0, 0, 0, 0]);
});

Deno.test("an actor that breaks again and again is parked until I resume it", async () => {
  const server = theServer();
  const api = apiOf(server);
  const { send } = api;
  const touch = (breaks: boolean) => accepted(send("POST", "/api/actors/brittle/vase/touch", { breaks }));
  const parked = async () => (await (await send("GET", "/api/actors?status=parked")).json()).items[0];

  await problemIn(await send("POST", "/api/actors/brittle/vase/resume"), 404);
  for (const breaks of [true, true, false]) await touch(breaks);
  const { reason } = (await until("it is parked", parked)).parked;
  assert.match(reason, /It broke at a touch/);
  const { state, mailboxDepth, parked: told } = await (await send("GET", "/api/actors/brittle/vase")).json();
  assert.deepEqual([state, told.because], [null, null]);
  assert.ok(mailboxDepth > 0, "what came after it waits");
  await problemIn(await apiOf(server, { tenant: "rival" }).send("POST", "/api/actors/brittle/vase/resume"), 404);

  assert.equal((await send("POST", "/api/actors/brittle/vase/resume")).status, 204);
  await problemIn(await send("POST", "/api/actors/brittle/vase/resume"), 409);
  await until("what waited has been handled", async () => {
    const { state, mailboxDepth } = await (await send("GET", "/api/actors/brittle/vase")).json();
    return mailboxDepth === 0 && state?.touched === 1 ? true : undefined;
  });
});

Deno.test("a paused type takes jobs in and starts none, over a restart too, until I resume it", async () => {
  await using server = await startServer({ env });
  const { send, submit, job, waitFor, eventsSince } = apiOf(server);
  await accepted(send("POST", "/api/kinds/trivial/pause"));
  const { id, paused } = await submit({ type: "trivial" });
  const theirs = apiOf(server, { tenant: "rival" });
  await theirs.waitFor((await theirs.submit({ type: "trivial" })).id, "succeeded");
  assert.ok(paused);

  await server.kill();
  await server.restart();
  await waitFor((await submit({ type: "flaky", payload: { succeedsAt: 1 } })).id, "succeeded");
  assert.deepEqual([(await job(id)).status, (await job(id)).paused], ["queued", true]);
  const kinds = (await (await send("GET", "/api/kinds")).json()).items;
  assert.equal(kinds.find(({ name }: { name: string }) => name === "trivial").paused.by, "anonymous");

  await accepted(send("POST", "/api/kinds/trivial/resume"));
  await waitFor(id, "succeeded");
  const events = await eventsSince(0, ({ type, data }) => type === "job.succeeded" && data.id === id);
  assert.deepEqual(events.map(({ type }) => type).filter((type) => type.startsWith("kind.")), [
    "kind.paused",
    "kind.resumed",
  ]);
});

async function letters({ send }: Api, query = ""): Promise<readonly DeadLetterView[]> {
  return (await (await send("GET", `/api/dead-letters?${query}`)).json()).items;
}

async function accepted(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  assert.ok(response.ok, await response.text());
}

async function statusesOf(answers: readonly Response[]): Promise<readonly number[]> {
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
  return answers.map(({ status }) => status).toSorted();
}
