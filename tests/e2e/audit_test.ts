import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startServer } from "../support/running_server.ts";

const KILLED_AFTER = 40;
const JOB = { type: "import", payload: { dataset: "people", content: "id,name\n1,Ann\n" } };

/** Under a load that lasts until the server is gone. */
async function submitUntilGone(url: string, acked: string[]): Promise<void> {
  for (;;) {
    const body = JSON.stringify(JOB);
    const answer = await fetch(`${url}/api/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    })
      .then((response) => response.json(), () => null);
    if (answer === null) return;
    acked.push(answer.id);
  }
}

Deno.test("a server that is killed under load has a row in the audit log for each job, and no other", async () => {
  await using server = await startServer();
  const acked: string[] = [];
  const load = Array.from({ length: 16 }, () => submitUntilGone(server.url, acked));
  while (acked.length < KILLED_AFTER) await new Promise((resolve) => setTimeout(resolve));
  await server.kill();
  await Promise.all(load);
  using file = new DatabaseSync(`${server.dataDir}/mailroom.db`);
  const column = (sql: string) => file.prepare(sql).all().map((row) => String(Object.values(row)[0])).sort();
  const jobs = column("select 'job/' || id from jobs");
  assert.deepEqual(column("select subject from audit"), jobs);
  assert.ok(acked.length >= KILLED_AFTER && acked.every((id) => jobs.includes(`job/${id}`)));
  assert.deepEqual(column(`select distinct "by" || ' ' || role || ' ' || action || ' ' || address from audit`), [
    "anonymous platform submitJob 127.0.0.1",
  ]);
});
