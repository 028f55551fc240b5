import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { apiOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";

const MANY_DAYS_MS = 40 * 24 * 60 * 60 * 1_000;

Deno.test("an import of long ago goes with its file and its rejects, and what it imported stays", async () => {
  await using server = await startServer();
  const api = apiOf(server);
  const upload = async (dataset: string): Promise<string> => {
    const body = `id,name\n${
      Array.from({ length: 30_000 }, (_, row) => `${dataset}-${row},some name`).join("\n")
    }\nbroken\n`;
    const response = await api.send("POST", `/api/jobs/import?dataset=${dataset}`, body, {
      "content-type": "text/csv",
    });
    const { id } = await response.json();
    await api.waitFor(id, "succeeded");
    return id;
  };
  const [old, recent] = [await upload("old"), await upload("recent")];
  await server.stop();
  const look = (sql: string) => {
    using db = new DatabaseSync(join(server.dataDir, "mailroom.db"), { timeout: 5_000 });
    return Number(db.prepare(sql).get()?.["n"]);
  };
  assert.deepEqual([look("select count(*) as n from blobs"), look("select count(*) as n from import_rejects")], [2, 2]);
  {
    using db = new DatabaseSync(join(server.dataDir, "mailroom.db"));
    db.prepare("update job_records set finished_at = finished_at - ? where id = ?").run(MANY_DAYS_MS, old);
    db.prepare("update import_rejects set rejected_at = rejected_at - ? where job_id = ?").run(MANY_DAYS_MS, old);
  }
  await server.restart();
  await until(
    "the file of the old one is gone",
    () => Promise.resolve(look("select count(*) as n from blobs") === 1 || undefined),
  );
  const gone = await api.send("GET", `/api/jobs/${old}`);
  await gone.body?.cancel();
  assert.equal(gone.status, 404);
  assert.equal((await api.job(recent)).status, "succeeded");
  await until(
    "so are its rejects",
    () => Promise.resolve(look("select count(*) as n from import_rejects") === 1 || undefined),
  );
  assert.equal(look("select count(distinct id) as n from blob_chunks"), 1);
  assert.equal(look("select count(*) as n from imports"), 60_000);
  assert.equal(look("select count(*) as n from attempts"), 1);
});
