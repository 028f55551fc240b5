import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { before } from "../support/deadline.ts";
import { startServer } from "../support/running_server.ts";
import { until } from "../support/api.ts";
import { createOracle, submitLoad } from "./torture_load.ts";

const noTracer = await whyNot();

Deno.test({
  name: `a server whose fsync fails ends at once and says why; all that was answered is there after a restart${
    noTracer === undefined ? "" : ` (skipped: ${noTracer})`
  }`,
  ignore: noTracer !== undefined,
  async fn() {
    await using server = await startServer({ env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" } });
    const oracle = createOracle();
    const over = new AbortController();
    const load = submitLoad(server, oracle, { clients: 2, until: over.signal });
    await until("some are acknowledged", () => Promise.resolve(oracle.ackedJobs.size > 20 || undefined));
    const fault = spoilSyncs(server.pid);
    const late = () => new Error("The server lives on although its writes do not reach the disk");
    assert.equal(await before(server.exited, 20_000, late), 1);
    await fault.status;
    const said = server.logs().filter((line) => line.startsWith("mailroom:"));
    assert.equal(said.length, 1, said.join("\n"));
    assert.match(
      said[0]!,
      /could not be brought to the disk \(fsync failed\).*mailroom\.db.*deno task restore.*storage-corrupt/,
    );

    await server.restart();
    over.abort();
    await load;
    await server.stop();
    using db = new DatabaseSync(join(server.dataDir, "mailroom.db"), { readOnly: true });
    const ids = new Set(db.prepare("select id from jobs").all().map(({ id }) => String(id)));
    assert.deepEqual([...oracle.ackedJobs].filter((id) => !ids.has(id)), []);
    assert.equal(db.prepare("pragma integrity_check").get()?.["integrity_check"], "ok");
  },
});

/** From now on every fsync of the process is answered with an error of the disk. */
function spoilSyncs(pid: number): Deno.ChildProcess {
  const inject = ["fsync", "fdatasync"].flatMap((call) => ["-e", `inject=${call}:error=EIO`]);
  const args = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", ...inject, "-p", String(pid)];
  return new Deno.Command("strace", { args, stdout: "null", stderr: "null" }).spawn();
}

async function whyNot(): Promise<string | undefined> {
  try {
    const { success } = await new Deno.Command("strace", {
      args: ["-qq", "-o", "/dev/null", "true"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success ? undefined : "tracing a process is not permitted here";
  } catch {
    return "strace is not installed";
  }
}
