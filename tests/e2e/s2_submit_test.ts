import assert from "node:assert/strict";
import { hc } from "hono/client";
import type { App } from "../../routes/app.ts";
import { apiOf } from "../support/api.ts";
import { shareBrowser } from "../support/open_page.ts";
import { before } from "../support/deadline.ts";
import { problemIn } from "../support/test_app.ts";
import { shareServer } from "../support/shared_server.ts";

const theBrowser = shareBrowser();
const theServer = shareServer();

const UNKNOWN = "01JD9ZK5T3M6X8QV2N4B7C1RSW";
const hasCurl = await new Deno.Command("curl", { args: ["--version"] }).output().then(() => true, () => false);

Deno.test("jobs come in over HTTP", async (t) => {
  const server = theServer();
  // Whoever names no tenant is this one.
  const { send, submit, job, waitFor } = apiOf(server, { tenant: "demo" });

  await t.step("when I post a job it is created and put in the queue, and it runs [S2-1]", async () => {
    const submitted = await submit({ type: "trivial", payload: { text: "hello" } });
    assert.equal(submitted.status, "queued");
    assert.deepEqual((await waitFor(submitted.id, "succeeded")).result, { length: 5 });
  });

  await t.step("I have the job's id before the job has run [S2-2]", async () => {
    const response = await send("POST", "/api/jobs", { type: "sleepy", payload: { ms: 3_000 } });
    const { jobId, status, startedAt } = await response.json();
    assert.deepEqual([response.status, status, startedAt], [201, "queued", null]);
    assert.equal(response.headers.get("location"), `/api/jobs/${jobId}`);
    const found = await job(jobId);
    assert.ok(["queued", "running"].includes(found.status), found.status);
    await send("POST", `/api/jobs/${jobId}/cancel`).then((answer) => answer.body?.cancel());
  });

  await t.step("a job of ten seconds holds nobody up: its request and fifty others are answered [S2-20]", async () => {
    const begunAt = performance.now();
    const { id } = await submit({ type: "sleepy", payload: { ms: 10_000 } });
    await waitFor(id, "running");
    const others = await Promise.all(
      Array.from({ length: 50 }, (_, index) => index % 2 === 0 ? job(id) : submit({ type: "trivial" })),
    );
    assert.equal(others.length, 50);
    assert.equal((await job(id)).status, "running");
    assert.ok(performance.now() - begunAt < 9_000);
    await send("POST", `/api/jobs/${id}/cancel`).then((answer) => answer.body?.cancel());
  });

  await t.step("a job that does not exist is not found [S2-24]", async () => {
    for (const id of [UNKNOWN, "nonsense", "01jd9zk5t3m6x8qv2n4b7c1rsw"]) {
      for (const path of ["", "/logs", "/result", "/stream"]) {
        await problemIn(await send("GET", `/api/jobs/${id}${path}`), 404);
      }
      for (const path of ["/cancel", "/retry"]) await problemIn(await send("POST", `/api/jobs/${id}${path}`), 404);
    }
  });

  await t.step("what is no job is refused, and I am told where it is wrong [S2-24]", async () => {
    const refusal = async (body: unknown, status = 422) =>
      (await problemIn(await send("POST", "/api/jobs", body), status)).errors?.map(({ pointer }) => pointer);
    assert.deepEqual(await refusal({ type: "no-such-type" }), ["/type"]);
    assert.deepEqual(await refusal({ type: "counter" }), ["/type"]);
    assert.deepEqual(await refusal({}), ["/type"]);
    assert.deepEqual(await refusal({ type: "sleepy", payload: { ms: "long" } }), ["/payload/ms"]);
    assert.deepEqual(await refusal({ type: "sleepy" }), ["/payload/ms"]);
    assert.deepEqual(await refusal({ type: "trivial", maxAttempts: 0 }), ["/maxAttempts"]);
    await refusal({ type: "trivial", prioritee: 1 });
    await refusal('{"type":', 400);
    await problemIn(await send("POST", "/api/jobs", "type=trivial", { "content-type": "text/plain" }), 415);
    assert.equal((await send("GET", "/health/live").then((answer) => answer.json())).status, "live");
  });

  await t.step({
    name: "curl can submit a job and see it through [S2-19]",
    ignore: !hasCurl,
    async fn() {
      const curl = async (...args: string[]) => {
        const { stdout } = await new Deno.Command("curl", { args: ["-s", "--max-time", "20", ...args] }).output();
        return new TextDecoder().decode(stdout);
      };
      const body = JSON.stringify({ type: "trivial", payload: { text: "curl" } });
      const { jobId } = JSON.parse(
        await curl(`${server.url}/api/jobs`, "-H", "content-type: application/json", "-d", body),
      );
      await waitFor(jobId, "succeeded");
      assert.deepEqual(JSON.parse(await curl(`${server.url}/api/jobs/${jobId}`)).result, { length: 4 });
      assert.match(await curl("-N", `${server.url}/api/jobs/${jobId}/stream`), /^event: job$/m);
    },
  });

  await t.step("a typed front-end client can submit a job and read it [S2-19]", async () => {
    const { api } = hc<App>(server.url);
    const response = await api.jobs.$post({ json: { type: "trivial", payload: { text: "typed" } }, header: {} });
    assert.ok(response.status === 201);
    const { jobId } = await response.json();
    await waitFor(jobId, "succeeded");
    const read = await api.jobs[":id"].$get({ param: { id: jobId } });
    assert.ok(read.status === 200);
    assert.equal((await read.json()).type, "trivial");
  });
});

Deno.test("a page in a browser submits a job and hears live how it ends [S2-19, S4-55]", async () => {
  const server = theServer();
  const page = await theBrowser().newPage();
  await page.goto(`${server.url}/health/live`);

  const talking = page.evaluate(async () => {
    const told: { type: string; subject: string }[] = [];
    const events = new EventSource("/api/notifications/stream?topics=job&named=false");
    const ended = new Promise<void>((resolve) => {
      events.onmessage = ({ data }) => {
        told.push(JSON.parse(data));
        if (told.at(-1)!.type === "job.succeeded") resolve();
      };
    });
    await new Promise((resolve) => events.onopen = resolve);
    const body = JSON.stringify({ type: "trivial", payload: { text: "from a page" } });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const response = await fetch("/api/jobs", init);
    if (response.status !== 201) throw new Error(await response.text());
    const { jobId } = await response.json();
    await ended;
    return told.filter(({ subject }) => subject === `job/${jobId}`).map(({ type }) => type);
  });

  const heard = await before(talking, 20_000, () => new Error("The page heard nothing of its job's end"));
  assert.deepEqual([heard[0], heard.at(-1)], ["job.queued", "job.succeeded"]);
  await page.close();
});
