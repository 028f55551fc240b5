import { apiOf } from "../support/api.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { isAlive } from "../support/processes_alive.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { between, type Campaign, type Course, Findings, pause, quantile } from "./torture_campaign.ts";
import { createOracle, judge, mixed, settled, submitLoad } from "./torture_load.ts";
import { cpuShare } from "./torture_watch.ts";

const env = { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" };
const ORPHANS_GONE_MS = 1_000;
const SPINNING = 2;

/** Kills children beneath a server that lives, and servers whose children spin. */
export function lossRounds({ lifeMs = 2_000 }: { readonly lifeMs?: number } = {}): Campaign {
  return {
    name: "losses",
    shows: "a killed child costs nobody an attempt but what it ran alone, and a killed server leaves no child behind",
    rounds: 40,
    async run(course) {
      const findings = new Findings();
      const parents = Math.ceil(course.rounds / 4);
      const attemptsLost = await killChildren({ ...course, rounds: course.rounds - parents }, { lifeMs, findings });
      const gone = await killParents({ ...course, rounds: parents }, findings);
      return { findings: findings.all, figures: { attemptsLost, orphansGoneMs: quantile(gone, 1) } };
    },
  };
}

/** Answers how many attempts that has cost. */
async function killChildren(
  { rounds, random, tell }: Course,
  { lifeMs, findings }: { lifeMs: number; findings: Findings },
): Promise<number> {
  await using server = await startServer({ env });
  const oracle = createOracle();
  const over = new AbortController();
  const job = mixed(random, { share: 0.1, longestMs: 1_000 });
  const load = submitLoad(server, oracle, { clients: 4, until: over.signal, pauseMs: 10, job });
  for (let round = 0; round < rounds; round++) {
    await pause(between(random, 200, lifeMs));
    const children = descendantsOf(server.pid);
    const child = children[Math.floor(random.next() * children.length)];
    if (child !== undefined) Deno.kill(child, "SIGKILL");
    tell(`killed one of ${children.length} children, ${oracle.ackedJobs.size} jobs acknowledged`);
  }
  over.abort();
  await load;
  await settled(server);
  await server.stop();
  // Whoever was alone in a child that died is taken for the cause.
  return judge(server, oracle, { findings, mayLose: rounds });
}

/** Answers how long the last child took to go after its server, each time. */
async function killParents({ rounds, tell }: Course, findings: Findings): Promise<readonly number[]> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await using server = await startServer({ env });
    await spin(server);
    const children = descendantsOf(server.pid);
    const killedAt = performance.now();
    await server.kill();
    while (children.some(isAlive) && performance.now() - killedAt < 2 * ORPHANS_GONE_MS) await pause(5);
    const goneMs = performance.now() - killedAt;
    const left = children.filter(isAlive);
    const isSoon = left.length === 0 && goneMs <= ORPHANS_GONE_MS;
    findings.expect("the children of a killed server go", isSoon, () => `${left.join(", ")} after ${goneMs} ms`);
    for (const child of left) Deno.kill(child, "SIGKILL");
    took.push(goneMs);
    tell(`${children.length} spinning children gone after ${Math.round(goneMs)} ms`);
  }
  return took;
}

async function spin(server: RunningServer): Promise<void> {
  const { submit } = apiOf(server);
  for (let count = 0; count < SPINNING; count++) await submit({ type: "culprit", payload: { how: "spin" } });
  while (await cpuShare(server, 200) < 0.5);
}
