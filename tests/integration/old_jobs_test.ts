import assert from "node:assert/strict";
import { registry } from "../../actors/mod.ts";
import { jobTables } from "../../actors/job/tables.ts";
import { olderFile } from "../support/older_file.ts";
import { sqliteFolder } from "../support/sqlite_folder.ts";
import { commit, remove, writing } from "../support/store_entries.ts";

const registryUrl = new URL("../../actors/mod.ts", import.meta.url).href;

/** Jobs of the time when each had a row from the start: one waits, one runs, one is over; and mail that is no job. */
const ROWS = `
  insert into messages (tenant, kind, key, due_at, seq, id, name, version, payload, priority, ready_at, enqueued_at,
    sender, attempts, crashes, max_attempts, timeout_ms, slot)
  values ('acme', 'import', 'j1', 5, 1, 'm1', 'run', 1, '{"blob":"b"}', 0, 5, 5, 'ann', 0, 0, 4, 0, 1),
         ('acme', 'report', 'j2', 5, 2, 'm2', 'run', 1, '{}', 0, 5, 5, 'ann', 0, 0, 4, 0, 1),
         ('acme', 'counter', 'c', 5, 3, 'm3', 'add', 1, '{"by":1}', 0, 5, 5, 'ann', 0, 0, 4, 0, 1);
  insert into jobs (tenant, id, type, status, run, attempts, max_attempts, priority, payload, timeout_ms, created_by,
    created_at, run_at, started_at, finished_at, result)
  values ('acme', 'j1', 'import', 'queued', 1, 0, 4, 0, '{"blob":"b"}', 0, 'ann', 5, 5, null, null, null),
         ('acme', 'j2', 'report', 'running', 1, 1, 4, 0, '{}', 0, 'ann', 5, 5, 6, null, null),
         ('acme', 'j3', 'report', 'succeeded', 2, 1, 4, 0, '{}', 0, 'ann', 5, 5, 6, 7, '{}');
  insert into attempts (tenant, job_id, run, attempt, started_at, finished_at, outcome, lines)
  values ('acme', 'j3', 2, 1, 6, 7, 'succeeded', '[{"message":"said"}]');`;

Deno.test("a file of the time when each job had a row from the start is read, and its jobs go on", async () => {
  await using folder = await sqliteFolder();
  await olderFile(folder.path, { registry, before: "2026-11-24" }, (db) => db.exec(ROWS));
  const store = await folder.open({ registry, registryUrl });
  const ask = async (query: string, args: object) =>
    JSON.parse(await store.read.query({ tenant: "acme", tables: jobTables.name, query, args: JSON.stringify(args) }));
  const page = await ask("page", { limit: 9 });
  const seen = page.map(({ id, status, run }: Record<string, unknown>) => [id, status, run]);
  assert.deepEqual(seen, [["j3", "succeeded", 2], ["j2", "running", 1], ["j1", "queued", 1]]);
  assert.deepEqual((await ask("attempts", { id: "j3" })).map(({ lines }: { lines: string }) => lines), [
    '[{"message":"said"}]',
  ]);
  const end = { status: "succeeded", attempts: 1, crashes: 0, startedAt: 8, finishedAt: 9, result: "{}", error: null };
  for (const [index, [id, type]] of [["j1", "import"], ["j2", "report"]].entries()) {
    const args = { id: id!, type: type!, ...end };
    const ref = { tenant: "acme", kind: type!, key: id!, dueAt: 5, seq: index + 1 };
    await commit(
      store,
      writing({ write: "row", row: { tables: "job", write: "finished", args } }, { ...remove(ref), recorded: true }),
    );
    assert.equal((await ask("byId", { id })).status, "succeeded");
  }
  assert.equal(await store.read.mailboxDepth({ tenant: "acme", kind: "counter", key: "c" }), 1);
});
