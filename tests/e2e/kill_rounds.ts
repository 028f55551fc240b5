import type { Random } from "../../runtime/core/random.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { between, type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { judgeHooks, openSink, SINK_ENV } from "./torture_hooks.ts";
import { createOracle, judge, mixed, openFile, type Oracle, settled, submitLoad } from "./torture_load.ts";

/** When a life ends, by turns. */
const MOMENTS = ["at random", "after an acknowledgement", "while it drains", "while it starts"] as const;

/** Over all of its deaths. */
const LEAST_JOBS = 80;

export interface KillSize {
  readonly clients?: number;
  /** How long a life lasts at most. */
  readonly lifeMs?: number;
}

/** Kills the server with SIGKILL under load, again and again, then lets it finish and compares. */
export function killRounds({ clients = 8, lifeMs = 1_500 }: KillSize = {}): Campaign {
  return {
    name: "kills",
    shows: "nothing that was acknowledged is lost or done twice when the server is killed under load",
    rounds: 100,
    run: (course) => run(course, { clients, lifeMs }),
  };
}

async function run({ rounds, random, tell }: Course, { clients, lifeMs }: Required<KillSize>): Promise<Result> {
  const findings = new Findings();
  const oracle = createOracle();
  const ended = new Map<string, string>();
  await using sink = openSink();
  await using server = await startServer({
    env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info", ...SINK_ENV },
  });
  const over = new AbortController();
  const load = submitLoad(server, oracle, {
    clients,
    until: over.signal,
    least: LEAST_JOBS,
    pauseMs: 5,
    job: mixed(random, { share: 0.2, longestMs: 400, hook: sink.url }),
  });
  let slowestReadyMs = 0;
  for (let round = 1; round <= rounds; round++) {
    const moment = MOMENTS[round % MOMENTS.length]!;
    await pause(between(random, 0, lifeMs));
    if (moment === "after an acknowledgement") await nextAck(oracle);
    if (moment === "while it drains") server.signal("SIGTERM");
    if (moment === "while it drains") await pause(between(random, 0, 300));
    await server.kill();
    if (moment === "while it starts") await killWhileStarting(server, random);
    lookForFlips(server, ended, findings);
    const begunAt = performance.now();
    await server.restart();
    const readyMs = Math.round(performance.now() - begunAt);
    slowestReadyMs = Math.max(slowestReadyMs, readyMs);
    tell(`killed ${moment}, ready after ${readyMs} ms, ${oracle.ackedJobs.size} jobs acknowledged`);
  }
  over.abort();
  await load;
  await settled(server);
  await server.stop();
  lookForFlips(server, ended, findings);
  judge(server, oracle, { findings });
  const hookRepeats = judgeHooks(server, sink, findings);
  const additions = [...oracle.ackedAdds.values()].reduce((sum, adds) => sum + adds, 0);
  return {
    findings: findings.all,
    figures: { slowestReadyMs, jobs: oracle.ackedJobs.size, additions, hooks: sink.seen.length, hookRepeats },
  };
}

async function nextAck({ ackedJobs }: Oracle): Promise<void> {
  for (const acked = ackedJobs.size; ackedJobs.size === acked;) await pause(1);
}

async function killWhileStarting(server: RunningServer, random: Random): Promise<void> {
  const starting = server.restart().catch(() => {});
  await pause(between(random, 50, 600));
  await server.kill();
  await starting;
}

/** While the server is dead: a job that had ended must be as it was. */
function lookForFlips(server: RunningServer, ended: Map<string, string>, findings: Findings): void {
  using db = openFile(server);
  const now = db.prepare("select id, status from jobs where status in ('succeeded', 'failed', 'cancelled')").all();
  for (const { id, status } of now) {
    const before = ended.get(String(id));
    if (before === undefined) ended.set(String(id), String(status));
    else findings.expect("what has ended stays so", before === status, () => `${id}: ${before}, then ${status}`);
  }
  const left = new Set(now.map(({ id }) => String(id)));
  findings.expectAll("what has ended is not open again", ended.keys(), (id) => left.has(id));
}
