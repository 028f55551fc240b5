import assert from "node:assert/strict";
import { apiOf, statusOf } from "../support/api.ts";
import { testDatabase } from "../support/postgres.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";

const IMPORT = { type: "import", payload: { dataset: "people", content: "id,name\n1,Ann\n" } };

Deno.test("requests, turns and event streams are services of their own when I like, and each does without the others [S4-14]", async () => {
  await using database = await testDatabase();
  await using stack = new AsyncDisposableStack();
  const start = async (ROLE: string) =>
    stack.use(await startServer({ env: { DATABASE_URL: database.url, NODE: ROLE, ROLE, LEASE_MS: "3000" } }));

  const requests = await start("http");
  const { submit, job, send } = apiOf(requests);
  const { id } = await submit(IMPORT);
  assert.equal((await job(id)).status, "queued");

  const worker = await start("worker");
  await apiOf(requests).waitFor(id, "succeeded");
  assert.equal(await statusOf(apiOf(worker).send("GET", "/api/jobs")), 404);

  const notifications = await start("notifications");
  assert.equal(await statusOf(apiOf(notifications).send("POST", "/api/jobs", IMPORT)), 404);
  const last = (await submit({ ...IMPORT, delayMs: 500 })).id;
  assert.equal(await statusOf(send("GET", "/health/ready")), 200);
  assert.equal(await requests.stop(), 0);
  const told = await apiOf(notifications).eventsSince(
    0,
    ({ type, subject }) => type === "job.succeeded" && subject === `job/${last}`,
  );
  const ran = ({ logs }: RunningServer) =>
    logs().map((line) => JSON.parse(line)).filter(({ message }) => message === "turn committed").map(({ key }) => key);
  assert.deepEqual(
    [requests, worker, notifications].map((server) => [id, last].map((key) => ran(server).includes(key))),
    [
      [false, false],
      [true, true],
      [false, false],
    ],
  );
  const of = (wanted: string) => told.filter(({ subject }) => subject === `job/${wanted}`).map(({ type }) => type);
  for (const wanted of [id, last]) {
    assert.deepEqual([of(wanted)[0], of(wanted).at(-1)], ["job.queued", "job.succeeded"]);
  }
});
