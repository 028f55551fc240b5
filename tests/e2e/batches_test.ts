import assert from "node:assert/strict";
import { apiOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { openFile, settled } from "./torture_load.ts";

const CHILDREN = 3_000;
/** How far the batch is when the server is killed: twice while it spawns, twice while children end. */
const KILLS: readonly ((counts: { total: number; open: number }) => boolean)[] = [
  ({ total }) => total >= 300,
  ({ total }) => total >= 1_200,
  ({ total, open }) => total - open >= 1_600,
  ({ total, open }) => total - open >= 2_200,
];

Deno.test("a server that is killed while it spawns and while children end loses and doubles none, and tells one end", async () => {
  await using server = await startServer({ env: { ACTORS: "tests/support/actors/mod.ts" } });
  const api = apiOf(server);
  const batch = async () => (await (await api.send("GET", "/api/batches?limit=1")).json()).items[0];
  await (await api.send("POST", "/api/actors/spawner/main/spawn", { children: CHILDREN, atOnce: 50 })).body?.cancel();
  for (const isReached of KILLS) {
    await until("the batch is so far", async () => {
      const found = await batch();
      return found !== undefined && isReached(found.counts) ? found : undefined;
    });
    await server.kill();
    await server.restart();
  }
  await settled(server);
  const { counts, status, id } = await until("its end is told", async () => {
    const found = await batch();
    return found.endedAt !== null ? found : undefined;
  });
  await settled(server);
  assert.deepEqual([status, counts], [
    "completed",
    { total: CHILDREN, open: 0, succeeded: CHILDREN, failed: 0, cancelled: 0 },
  ]);
  const { ended } = await (await api.send("GET", "/api/actors/spawner/main/state")).json();
  assert.deepEqual(ended.map(({ batchId, total }: { batchId: string; total: number }) => [batchId, total]), [
    [id, CHILDREN],
  ]);
  using db = openFile(server);
  const jobs = db.prepare("select count(*) as jobs, sum(status = 'succeeded') as done from jobs where batch_id = ?")
    .get(id);
  assert.deepEqual({ ...jobs }, { jobs: CHILDREN, done: CHILDREN });
});
