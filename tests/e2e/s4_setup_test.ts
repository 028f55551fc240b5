import assert from "node:assert/strict";
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { registry } from "../../actors/mod.ts";
import { apiOf, rowsOf } from "../support/api.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { olderFile } from "../support/older_file.ts";
import { startServer } from "../support/running_server.ts";
import { passedOn } from "../support/server_process.ts";

/** A job that has succeeded and one that waits, as there were before many of the tables. */
const ROWS = `
  insert into messages (tenant, kind, key, due_at, seq, id, name, version, payload, priority, ready_at, enqueued_at,
    sender, attempts, crashes, max_attempts, timeout_ms, slot)
  values ('demo', 'report', '01JD9ZK5T3M6X8QV2N4B7C1RS2', 5, 2, 'm2', 'run', 1, '{}', 0, 5, 5, 'ann', 0, 0, 4, 0, 1);
  insert into jobs (tenant, id, type, status, run, attempts, max_attempts, priority, payload, timeout_ms, created_by,
    created_at, run_at, started_at, finished_at, result)
  values ('demo', '01JD9ZK5T3M6X8QV2N4B7C1RS2', 'report', 'queued', 1, 0, 4, 0, '{}', 0, 'ann', 5, 5, null, null, null),
         ('demo', '01JD9ZK5T3M6X8QV2N4B7C1RS3', 'report', 'succeeded', 2, 1, 4, 0, '{}', 0, 'ann', 5, 5, 6, 7, '{}');`;

Deno.test("a server brings the tables of an older file up to date when it starts, and goes on with what is there [S4-50]", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "mailroom-older-" });
  try {
    const names = () =>
      rowsOf({ dataDir }, "select name from sqlite_master where type = 'table'").map(({ name }) => name);
    await olderFile(join(dataDir, "mailroom.db"), { registry, before: "2026-11-24" }, (db) => db.exec(ROWS));
    assert.ok(!names().includes("customers"));
    await using server = await startServer({ dataDir });
    assert.ok(names().includes("customers"));
    const { waitFor, submit, send } = apiOf(server);
    assert.equal((await waitFor("01JD9ZK5T3M6X8QV2N4B7C1RS2", "succeeded")).attempts, 1);
    const payload = { dataset: "new", content: "id\n1\n" };
    await waitFor((await submit({ type: "import", payload })).id, "succeeded");
    const { items } = await (await send("GET", "/api/jobs")).json();
    assert.deepEqual(items.map(({ type }: { type: string }) => type).sort(), ["import", "report", "report"]);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("what an image asks for its health says whether a server runs there [S4-52]", async () => {
  const dockerfile = DockerfileParser.parse(await Deno.readTextFile(join(projectRoot, ".deploy/Dockerfile")));
  const [check] = dockerfile.getInstructions().filter((each) => each.getKeyword() === "HEALTHCHECK");
  const [program, ...args] = JSON.parse(/CMD\s+(\[.*\])/s.exec(check!.getArgumentsContent()!)![1]!) as string[];
  assert.equal(program, "deno");
  const isWell = async (PORT: string) => {
    const env = { ...passedOn(), PORT };
    const { success } = await new Deno.Command(Deno.execPath(), { args, clearEnv: true, env, stderr: "null" }).output();
    return success;
  };
  await using server = await startServer();
  const { port } = new URL(server.url);
  assert.equal(await isWell(port), true);
  await server.kill();
  assert.equal(await isWell(port), false);
});

Deno.test("without a word about it a server is there for this machine alone [S4-41]", async () => {
  await using server = await startServer();
  const { hostname, port } = new URL(server.url);
  assert.equal(hostname, "127.0.0.1");
  const others = Deno.networkInterfaces().filter(({ family, address }) => family === "IPv4" && address !== hostname);
  for (const { address } of others) {
    await assert.rejects(Deno.connect({ hostname: address, port: Number(port) }), Deno.errors.ConnectionRefused);
  }
});
