import assert from "node:assert/strict";
import { hc } from "hono/client";
import type { App } from "../../routes/app.ts";
import { ORIGIN, setupApp } from "../support/test_app.ts";

Deno.test("hc<App>() is a typed client of every resource (S2-19)", async () => {
  const { app } = setupApp();
  const client = hc<App>(ORIGIN, { fetch: (input: RequestInfo | URL, init?: RequestInit) => app.request(input, init) });

  const submitted = await client.api.jobs.$post({ json: { type: "greet", payload: { name: "Ada" } }, header: {} });
  if (submitted.status !== 201) throw new Error((await submitted.text()) || "refused");
  const { jobId } = await submitted.json();

  const job = await client.api.jobs[":id"].$get({ param: { id: jobId } });
  if (job.status !== 200) throw new Error("gone");
  const { status, maxAttempts }: {
    status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
    maxAttempts: number;
  } = await job.json();
  assert.deepEqual([status, maxAttempts], ["queued", 4]);

  const counted = await client.api.actors[":kind"][":key"][":name"].$post({
    param: { kind: "counter", key: "main", name: "add" },
    json: { by: 1 },
    header: {},
  });
  assert.equal(counted.status, 202);
  assert.equal((await client.health.$get()).status, 200);
  // @ts-expect-error: there is no such resource
  assert.equal((await client.api.parcels.$get()).status, 404);
});
