import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { problemIn, setupApp } from "../support/test_app.ts";

const CSV = { "Content-Type": "text/csv; charset=utf-8" };
const PATH = "/api/jobs/import?dataset=people&key=id";
const MIB = 1024 * 1024;

/** `count` pieces of a MiB, made when they are asked for. */
function megabytes(count: number): ReadableStream<Uint8Array> {
  let given = 0;
  return new ReadableStream({
    pull(controller) {
      if (given++ < count) controller.enqueue(new Uint8Array(MIB));
      else controller.close();
    },
  }, { highWaterMark: 0 });
}

for (const [type, format] of [["text/csv; charset=utf-8", "csv"], ["application/x-ndjson", "ndjson"]] as const) {
  Deno.test(`POST /api/jobs/import stages a body of ${type} and submits the job that reads it`, async () => {
    const { post, system } = setupApp();
    const response = await post(PATH, "id,name\n1,Ada\n", { "Content-Type": type });
    assert.equal(response.status, 201);
    const job = await response.json();
    assert.equal(response.headers.get("location"), `/api/jobs/${job.id}`);
    assert.equal(job.type, "import");
    const [[blob, bytes]] = [...system.blobsKept] as [[string, Uint8Array]];
    assert.equal(new TextDecoder().decode(bytes), "id,name\n1,Ada\n");
    assert.deepEqual(system.told[0]!.payload, { dataset: "people", key: "id", format, blob });
  });
}

Deno.test("POST /api/jobs/import answers 415 to other types and to compressed bodies", async () => {
  const { post, system } = setupApp();
  for (const type of ["application/json", "text/plain", "text/csvx", ""]) {
    await problemIn(await post(PATH, "id\n1\n", { "Content-Type": type }), 415);
  }
  await problemIn(await post(PATH, "id\n1\n", { ...CSV, "Content-Encoding": "gzip" }), 415);
  assert.equal(system.blobsKept.size, 0);
});

Deno.test("POST /api/jobs/import answers 413 beyond 64 MiB, announced or counted, and leaves nothing behind", async () => {
  const { post, system } = setupApp();
  await problemIn(await post(PATH, megabytes(65), CSV), 413);
  await problemIn(await post(PATH, "id\n", { ...CSV, "Content-Length": String(64 * MIB + 1) }), 413);
  assert.equal(system.blobsKept.size, 0);
  assert.equal((await post(PATH, megabytes(64), CSV)).status, 201);
});

Deno.test("POST /api/jobs/import answers 422 to a wrong question before it takes the body in", async () => {
  const { post, system } = setupApp();
  const queries = [
    "",
    "?dataset=",
    "?key=id",
    "?dataset=a%20b&key=id",
    "?dataset=people&key=",
    "?dataset=p&key=id&x=1",
  ];
  for (const query of queries) await problemIn(await post(`/api/jobs/import${query}`, "id\n1\n", CSV), 422);
  assert.equal(system.blobsKept.size, 0);
});

Deno.test("POST /api/jobs/import answers 400 to an empty body", async () => {
  const { post, system } = setupApp();
  await problemIn(await post(PATH, undefined, CSV), 400);
  await problemIn(await post(PATH, megabytes(0), CSV), 400);
  assert.equal(system.blobsKept.size, 0);
});

Deno.test("POST /api/jobs/import drops the blob when the job is refused", async () => {
  const { post, system } = setupApp();
  system.failNext(new RuntimeError("mailbox-full", "full"));
  await problemIn(await post(PATH, "id\n1\n", CSV), 429);
  assert.equal(system.blobsKept.size, 0);
});

Deno.test("POST /api/jobs/import answers 408 when no bytes come for 30 s and 400 when they break off", async () => {
  const { post, clock, system } = setupApp();
  const asked = Promise.withResolvers<void>();
  const silent = new ReadableStream({ pull: () => (asked.resolve(), new Promise<void>(() => {})) }, {
    highWaterMark: 0,
  });
  const response = post(PATH, silent, CSV);
  await asked.promise;
  clock.advance(30_000);
  await problemIn(await response, 408);
  const broken = new ReadableStream({ pull: () => Promise.reject(new Error("reset")) }, { highWaterMark: 0 });
  await problemIn(await post(PATH, broken, CSV), 400);
  assert.equal(system.blobsKept.size, 0);
});
