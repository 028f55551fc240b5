import assert from "node:assert/strict";
import { join } from "node:path";
import { scanApi } from "../../actors/parcel_stream/upstreams.ts";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { apiOf, rowsOf } from "../support/api.ts";
import { copyProject } from "../support/copied_project.ts";
import { PATIENCE_MS } from "../support/deadline.ts";
import { createStream, parcelsIn, readUpTo, STREAM_ENV } from "../support/parcel_streams.ts";
import { runMain } from "../support/run_main.ts";
import { startServer } from "../support/running_server.ts";
import { passedOn } from "../support/server_process.ts";
import { startTask } from "../support/start_task.ts";

Deno.test("in a fresh copy one more command starts it: tables and all, and streams can be followed [S1-20, S4-39, S4-40]", async () => {
  await using project = await copyProject({ withTests: false });
  const { folder } = project;
  await using source = await openScanSimulator({ seed: 41, events: 300, parcels: 20 });
  const { child, log, url, read } = startTask("start", {
    cwd: folder,
    clearEnv: true,
    env: { ...passedOn(), ...STREAM_ENV, PORT: "0", LOG_FORMAT: "json" },
    withinMs: PATIENCE_MS,
  });
  try {
    const api = apiOf({ url: await url });
    await createStream(api, { name: "first", baseUrl: source.url });
    await readUpTo(api, "first", source.lastEventId);
    assert.deepEqual(parcelsIn({ dataDir: join(folder, "data") }, { stream: "first" }), source.oracle());
  } finally {
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0, log.tail(20));
    await read;
  }
});

Deno.test("the tables come by migrations, which say what they did, or by a script that I can read first [S1-14, S4-50]", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-tables-" });
  try {
    const env = { DATABASE_URL: `sqlite:${join(folder, "mailroom.db")}` };
    const first = await runMain({ args: ["migrate"], env });
    for (const table of ["streams", "parcels", "scans"]) assert.match(first.stdout, new RegExp(`Migrated: .*${table}`));
    assert.match((await runMain({ args: ["migrate"], env })).stdout, /nothing to migrate/);
    const tables = rowsOf({ dataDir: folder }, "select name from sqlite_master where type in ('table', 'view')")
      .map(({ name }) => String(name));
    for (const engine of ["sqlite", "postgres"]) {
      const { code, stdout } = await runMain({ args: ["schema", "--engine", engine], env });
      assert.equal(code, 0);
      for (const name of ["parcel_streams", "parcels", "scans", "worker_states"]) {
        assert.match(stdout, new RegExp(`create (table|view) "?${name}"?`, "i"), `${name} on ${engine}`);
        assert.ok(tables.includes(name), `${name} in the file`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SCAN_API_BASE_URL is all that a stream needs, and has a default [S1-18]", async () => {
  await using source = await openScanSimulator({ seed: 42, events: 300, parcels: 20 });
  await using server = await startServer({ env: { SCAN_API_BASE_URL: source.url } });
  const { checkpoint, baseUrl } = await readUpTo(apiOf(server), "default", source.lastEventId);
  assert.deepEqual([checkpoint, baseUrl], [source.lastEventId, null]);
  assert.deepEqual(parcelsIn(server, { stream: "default" }), source.oracle());
  const asked = source.requests.length;
  await server.restart();
  await readUpTo(apiOf(server), "default", source.lastEventId);
  assert.ok(
    source.requests.slice(asked).every(({ fromEventId }) => fromEventId > source.lastEventId),
    "it is the same one",
  );
  assert.deepEqual(scanApi.baseUrl, {
    env: "SCAN_API_BASE_URL",
    otherwise: "http://localhost/v1/scans/scanevents",
  });
});
