import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runMain } from "../support/run_main.ts";
import { startServer } from "../support/running_server.ts";
import { until } from "../support/api.ts";
import { createOracle, submitLoad } from "./torture_load.ts";

const ENV = { ACTORS: "tests/support/actors/mod.ts" };

Deno.test("a backup that I make under load holds all that was answered before, and a server starts from it", async () => {
  await using server = await startServer({ env: { ...ENV, LOG_LEVEL: "info" } });
  const DATABASE_URL = `sqlite:${join(server.dataDir, "mailroom.db")}`;
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, { clients: 2, until: over.signal });
  await until("some are acknowledged", () => Promise.resolve(oracle.ackedJobs.size > 50 || undefined));
  const before = [...oracle.ackedJobs];
  const target = join(server.dataDir, "backups", "one.db");
  const made = await runMain({ args: ["backup", target], env: { ...ENV, DATABASE_URL } });
  assert.deepEqual([made.code, made.stderr], [0, ""]);
  assert.match(
    made.stdout,
    /^Backed up into .*one\.db: [\d.]+ MiB in [\d.]+ s, read through and found whole\nRows: .*job_records \d+.*messages \d+/,
  );
  const refused = await runMain({ args: ["restore", target], env: { ...ENV, DATABASE_URL } });
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(
    refused.stderr,
    /^mailroom: The database .* belongs to another running process.*stop the other one.*\n$/,
  );
  over.abort();
  await load;

  const dataDir = await Deno.makeTempDir({ prefix: "mailroom-restored-" });
  try {
    const path = join(dataDir, "mailroom.db");
    const restored = await runMain({ args: ["restore", target], env: { ...ENV, DATABASE_URL: `sqlite:${path}` } });
    assert.equal(restored.code, 0, restored.stderr);
    assert.match(restored.stdout, /Nothing was started/);
    await using second = await startServer({ env: ENV, dataDir });
    for (const id of before) {
      const response = await fetch(`${second.url}/api/jobs/${id}`);
      assert.equal(response.status, 200, id);
      await response.body?.cancel();
    }
    await second.stop();
    using db = new DatabaseSync(path, { readOnly: true });
    assert.equal(db.prepare("pragma integrity_check").get()?.["integrity_check"], "ok");
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("a backup that is killed leaves nothing under the name that I gave it", async () => {
  await using server = await startServer({ env: ENV });
  const path = join(server.dataDir, "mailroom.db");
  await server.stop();
  {
    using db = new DatabaseSync(path);
    db.exec("create table ballast (bytes blob)");
    const add = db.prepare("insert into ballast values (zeroblob(1048576))");
    for (let mebibytes = 0; mebibytes < 100; mebibytes++) add.run();
  }
  const target = join(server.dataDir, "backup.db");
  let kill = () => {};
  const ended = runMain({
    args: ["backup", target],
    env: { ...ENV, DATABASE_URL: `sqlite:${path}` },
    onSpawn: (child) => kill = () => child.kill("SIGKILL"),
  });
  const names = () => Array.from(Deno.readDirSync(server.dataDir), ({ name }) => name);
  await until("the copying has begun", () => Promise.resolve(names().find((name) => name.includes(".part-"))));
  kill();
  assert.equal((await ended).code, 137);
  assert.deepEqual(names().filter((name) => name === "backup.db"), []);
});
