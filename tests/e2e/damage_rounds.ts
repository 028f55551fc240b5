import { join } from "node:path";
import { until } from "../support/api.ts";
import { runMain } from "../support/run_main.ts";
import { startServer } from "../support/running_server.ts";
import { damage, DAMAGES } from "./storage_damage.ts";
import { type Campaign, type Course, Findings, type Result } from "./torture_campaign.ts";
import { createOracle, judge, settled, statusOf, submitLoad } from "./torture_load.ts";

const ENV = { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" };
const JOBS = 150;

/** A file that is damaged before a start, or while the server has it open; then a backup is put in its place. */
export function damageRounds(): Campaign {
  return {
    name: "damage",
    shows: "a damaged file ends the server with a line that helps, and a backup brings everything back",
    rounds: 3 * DAMAGES.length,
    run,
  };
}

async function run({ rounds, tell }: Course): Promise<Result> {
  await using server = await startServer({ env: ENV });
  const path = join(server.dataDir, "mailroom.db");
  const env = { ...ENV, DATABASE_URL: `sqlite:${path}` };
  const findings = new Findings();
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, { clients: 1, until: over.signal });
  await until("there is something", () => Promise.resolve(oracle.ackedJobs.size >= JOBS || undefined));
  over.abort();
  await load;
  await settled(server);
  const backup = join(server.dataDir, "backup.db");
  await succeed(runMain({ args: ["backup", backup], env }));
  for (let round = 0; round < rounds; round++) {
    const what = DAMAGES[round % DAMAGES.length]!;
    const { code, stderr } = await damage(server, what, { path, env });
    const says = stderr.includes(path) && stderr.includes("deno task restore") && /\(storage-corrupt\)/.test(stderr);
    findings.expect("it ends with code 1 and says what to do", code === 1 && says, () => `${what}: ${code}, ${stderr}`);
    await succeed(runMain({ args: ["restore", backup], env }));
    judge(server, oracle, { findings });
    tell(`${what}: ${stderr.trim().split("\n").at(-1)}`);
  }
  await server.restart();
  for (const id of oracle.ackedJobs) {
    const status = await statusOf(server, `/api/jobs/${id}`);
    findings.expect("a server starts from it", status === 200, () => `${id} answers ${status}`);
  }
  return { findings: findings.all, figures: {} };
}

async function succeed(ended: ReturnType<typeof runMain>): Promise<void> {
  const { code, stderr } = await ended;
  if (code !== 0) throw new Error(`It ended with ${code}: ${stderr}`);
}
