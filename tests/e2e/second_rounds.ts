import { join } from "node:path";
import { runMain } from "../support/run_main.ts";
import { startServer } from "../support/running_server.ts";
import { type Campaign, type Course, Findings, type Result } from "./torture_campaign.ts";
import { createOracle, judge, settled, statusOf, submitLoad } from "./torture_load.ts";

const env = { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" };
const REFUSAL = /^mailroom: .*belongs to another running process.*stop the other one.*\n$/;

/** Starts second servers on the file of one that runs. */
export function secondRounds(): Campaign {
  return {
    name: "second-server",
    shows: "a second server on my file says what to do and leaves the first in peace",
    rounds: 10,
    run,
  };
}

async function run({ rounds, tell }: Course): Promise<Result> {
  await using server = await startServer({ env });
  const findings = new Findings();
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, { clients: 1, until: over.signal });
  for (let round = 1; round <= rounds; round++) {
    const acked = oracle.ackedJobs.size;
    const DATABASE_URL = `sqlite:${join(server.dataDir, "mailroom.db")}`;
    const { code, stderr } = await runMain({ env: { ...env, DATABASE_URL } });
    findings.expect("the second ends with code 1 and says why", code === 1 && REFUSAL.test(stderr), () => stderr);
    const isReady = await statusOf(server, "/health/ready") === 200;
    findings.expect("the first goes on", isReady && oracle.ackedJobs.size > acked);
    tell(stderr.trim());
  }
  over.abort();
  await load;
  await settled(server);
  await server.stop();
  judge(server, oracle, { findings });
  return { findings: findings.all, figures: { jobs: oracle.ackedJobs.size } };
}
