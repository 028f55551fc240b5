import assert from "node:assert/strict";
import { readSse } from "../support/sse_reader.ts";
import { problemIn, setupApp } from "../support/test_app.ts";

const UNKNOWN = "01JD9ZK5T3M6X8QV2N4B7C1RSW";

Deno.test("a job's stream shows the job, then its events, and ends with it", async () => {
  const { get, submit, system, clock } = setupApp();
  const id = await submit();
  const other = await submit();
  const reader = readSse(await get(`/api/jobs/${id}/stream`));
  const first = await reader.nextEvent();
  assert.deepEqual([first?.event, first?.id, JSON.parse(first!.data!).status], ["job", "2", "queued"]);
  system.change(other, { status: "running" });
  system.change(id, { status: "running" });
  system.change(id, { status: "succeeded" });
  const [started, succeeded] = [await reader.nextEvent(), await reader.nextEvent()];
  assert.deepEqual([started?.event, started?.id], ["job.running", "4"]);
  assert.deepEqual([succeeded?.event, succeeded?.id], ["job.succeeded", "5"]);
  assert.equal((await reader.next())?.retry, "1000");
  assert.equal(await reader.next(), null);
  assert.equal(clock.armed, 0);
});

Deno.test("a job's stream ends at once when the job has, and a browser that knows is told to stay away", async () => {
  const { get, submit, system } = setupApp();
  const id = await submit();
  system.change(id, { status: "failed" });
  const reader = readSse(await get(`/api/jobs/${id}/stream`));
  const only = await reader.nextEvent();
  assert.equal(JSON.parse(only!.data!).status, "failed");
  assert.equal(await reader.nextEvent(), null);
  assert.equal((await get(`/api/jobs/${id}/stream`, { "Last-Event-ID": only!.id! })).status, 204);
});

Deno.test("a job's stream resumes with what was missed", async () => {
  const { get, submit, system } = setupApp();
  const id = await submit();
  system.change(id, { status: "running" });
  const reader = readSse(await get(`/api/jobs/${id}/stream`, { "Last-Event-ID": "1" }));
  assert.equal((await reader.nextEvent())?.event, "job.running");
  await reader.cancel();
});

Deno.test("a job's stream that was resumed behind the trim mark shows the job anew", async () => {
  const { get, submit, system } = setupApp();
  const id = await submit();
  system.change(id, { status: "running" });
  system.trim("demo", 2);
  const reader = readSse(await get(`/api/jobs/${id}/stream`, { "Last-Event-ID": "1" }));
  assert.equal((await reader.nextEvent())?.event, "gap");
  assert.equal(JSON.parse((await reader.nextEvent())!.data!).status, "running");
  await reader.cancel();
});

Deno.test("a job's stream answers 404 for unknown and another tenant's jobs", async () => {
  const { get, submit } = setupApp();
  const id = await submit({}, { "X-Tenant": "acme" });
  await problemIn(await get(`/api/jobs/${id}/stream`), 404);
  await problemIn(await get(`/api/jobs/${UNKNOWN}/stream`), 404);
});
