import assert from "node:assert/strict";
import { openParcelRoutes, type ParcelRoutesRig } from "../support/parcel_routes_rig.ts";
import { problemIn } from "../support/test_app.ts";

const ENGINES = ["sqlite", "postgres"] as const;
const good = { type: "echo", payload: { text: "a" } };
const bad = { type: "flaky", payload: { failures: 1, terminal: true } };

/** Of a batch that was submitted. */
async function submit(rig: ParcelRoutesRig, jobs: readonly object[]): Promise<{ batchId: string; ids: string[] }> {
  const { batchId, items } = await rig.ask(201, "POST", "/api/jobs/batch", { jobs });
  return { batchId, ids: items.map(({ id }: { id: string }) => id) };
}

for (const engine of ENGINES) {
  Deno.test(`jobs that are submitted together are a batch, whose end is told once (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    const { batchId, ids } = await submit(rig, [good, good, bad]);
    const batch = await rig.until(`/api/batches/${batchId}`, ({ endedAt }) => endedAt !== null);
    assert.deepEqual([batch.status, batch.name, batch.parent, batch.batches], ["failed", "jobs", null, []]);
    assert.deepEqual(batch.counts, { total: 3, open: 0, succeeded: 2, failed: 1, cancelled: 0 });
    const { items } = await rig.ask(200, "GET", batch.jobs);
    assert.deepEqual(items.map(({ id }: { id: string }) => id), ids.toReversed());
    assert.deepEqual(items.map((job: { batchId: string }) => job.batchId), [batchId, batchId, batchId]);
    const { items: failed } = await rig.ask(200, "GET", `${batch.jobs}&status=failed`);
    assert.deepEqual(failed.map(({ id }: { id: string }) => id), [ids[2]]);
  });

  Deno.test(`a job of a batch that is retried is counted there again, and no second end is told (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    const { batchId, ids } = await submit(rig, [good, bad, { ...good, delayMs: 86_400_000 }]);
    const path = `/api/batches/${batchId}`;
    await rig.ask(200, "POST", `/api/jobs/${ids[2]}/cancel`);
    const { endedAt } = await rig.until(path, ({ endedAt }) => endedAt !== null);
    await rig.ask(202, "POST", `/api/jobs/${ids[2]}/retry`);
    await rig.until(path, ({ counts }) => counts.succeeded === 2 && counts.cancelled === 0);
    await rig.ask(202, "POST", `/api/dead-letters/${ids[1]}/retry`);
    await rig.until(`/api/jobs/${ids[1]}`, ({ status, run }) => status === "failed" && run === 2);
    const batch = await rig.ask(200, "GET", path);
    assert.deepEqual(batch.counts, { total: 3, open: 0, succeeded: 2, failed: 1, cancelled: 0 });
    assert.equal(batch.endedAt, endedAt);
  });

  Deno.test(`a batch is cancelled as a whole: what waits and what runs (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    const held = { type: "patient", payload: { gate: "none" }, delayMs: 86_400_000 };
    const { batchId, ids } = await submit(rig, Array.from({ length: 300 }, () => held));
    const path = `/api/batches/${batchId}`;
    const cancelling = await rig.ask(202, "POST", `${path}/cancel`);
    assert.equal(cancelling.cancelledBy, "anonymous");
    const batch = await rig.until(path, ({ status }) => status === "cancelled");
    assert.deepEqual(batch.counts, { total: 300, open: 0, succeeded: 0, failed: 0, cancelled: 300 });
    assert.equal((await rig.ask(200, "GET", `/api/jobs/${ids[7]}`)).status, "cancelled");
    await rig.until(path, ({ endedAt }) => endedAt !== null);
    await problemIn(await rig.send("POST", `${path}/cancel`), 409);
  });
}

Deno.test("what a dedupe key holds is counted in its own batch only", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const named = { ...good, delayMs: 86_400_000, dedupeKey: "one" };
  const first = await submit(rig, [named]);
  const second = await submit(rig, [named, { ...good, delayMs: 86_400_000 }]);
  const { counts } = await rig.ask(200, "GET", `/api/batches/${second.batchId}`);
  assert.deepEqual([counts.total, counts.open], [1, 1]);
  assert.equal(second.ids[0], first.ids[0]);
});

Deno.test("a repeat of a submission is answered its batch", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const send = () => rig.send("POST", "/api/jobs/batch", [good], { "Idempotency-Key": "once" });
  const [first, again] = [await send(), await send()];
  const body = await first.json();
  assert.deepEqual(await again.json(), body);
  assert.equal((await rig.walk("/api/batches", 1)).length, 1);
});

Deno.test("batches are listed newest first, each once over all pages; unknown ones and those of others are not there", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const ids: string[] = [];
  for (let made = 0; made < 5; made++) ids.push((await submit(rig, [good])).batchId);
  assert.deepEqual((await rig.walk("/api/batches", 2)).map(({ id }) => id), ids.toReversed());
  for (const id of ["01JD9ZK5T3M6X8QV2N4B7C1RSW", "01JD9ZK5T3M6X8QV2N4B7C1RSW.children", "nonsense"]) {
    await problemIn(await rig.send("GET", `/api/batches/${id}`), 404);
    await problemIn(await rig.send("POST", `/api/batches/${id}/cancel`), 404);
  }
  await problemIn(await rig.send("GET", "/api/batches?cursor=abc"), 400);
});
