import type { JobView } from "../../routes/job_view.ts";
import type { Way } from "../support/actors/culprits.ts";
import { apiOf } from "../support/api.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { type Campaign, type Course, Findings, pause, quantile, type Result } from "./torture_campaign.ts";
import { createOracle, judge, settled, submitLoad } from "./torture_load.ts";
import { cpuShare, probeHealth, usedBy } from "./torture_watch.ts";

/** What each handler is known by in the end. */
const VERDICTS = {
  spin: "timed-out",
  regex: "timed-out",
  microtasks: "timed-out",
  json: "timed-out",
  heap: "out-of-memory",
  buffers: "out-of-memory",
} satisfies Partial<Record<Way, string>>;

type Culprit = keyof typeof VERDICTS;

export interface CulpritSize {
  /** One after the other in each round. */
  readonly ways?: readonly Culprit[];
  /** Of these one in each round, by turns, has more attempts than it may crash. */
  readonly stubborn?: readonly Culprit[];
  /** Within this /health answers all but one in a hundred times; nothing else is to use the machine. */
  readonly healthP99Ms?: number;
}

const ALL = Object.keys(VERDICTS) as Culprit[];
const TIMEOUT_MS = 2_000;
/** Of a handler that takes memory: on a busy machine that takes a while, and it must not be for the time that it is ended. */
const HOARDING_TIMEOUT_MS = 10_000;
/** Of a handler that is to blame: until it is known and its core is free (P10). */
const KNOWN_WITHIN_MS = 17_000;
/** From then on: what it was suspected with may still run, each in a process of its own. */
const GIVEN_BACK_WITHIN_MS = 15_000;
const MOST_CRASHES = 3;
const GIVE_UP_MS = 120_000;
/** The load beside takes some. */
const FREE_CPU_SHARE = 0.5;
const FREE_BYTES = 256 * 1024 * 1024;
const LOOK_MS = 500;

/** Handlers that hang or hoard, one at a time, beside a steady stream of work that must not notice. */
export function culpritRounds({ ways = ALL, stubborn = ALL, healthP99Ms = 250 }: CulpritSize = {}): Campaign {
  return {
    name: "culprits",
    shows: "a handler that hangs or exhausts memory is found, and costs neither the server nor other jobs anything",
    rounds: 20,
    run: (course) => run(course, { ways, stubborn, healthP99Ms }),
  };
}

async function run({ rounds, random, tell }: Course, size: Required<CulpritSize>): Promise<Result> {
  const { ways, stubborn } = size;
  await using server = await startServer({
    env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info", CHILD_MEMORY_MB: "128" },
  });
  const { pid } = server;
  const findings = new Findings();
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, {
    clients: 2,
    until: over.signal,

    pauseMs: 50,
    job: () => random.next() < 0.1 ? { type: "sleepy", payload: { ms: 3_000 } } : { type: "trivial" },
  });
  const health = probeHealth(server);
  await pause(LOOK_MS);
  const quietBytes = usedBy(server).ownBytes;
  const known: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const took: string[] = [];
    for (const how of ways) {
      const knownMs = await accuse(server, how, { findings, freeBytes: quietBytes + FREE_BYTES });
      known.push(knownMs);
      took.push(`${how} ${Math.round(knownMs)} ms`);
    }
    const how = stubborn[round % stubborn.length];
    if (how !== undefined) await accuseThrice(server, how, findings);
    tell(took.join(", "));
  }
  over.abort();
  await load;
  await settled(server);
  const healthMs = await health.end();
  const healthP99Ms = quantile(healthMs, 0.99);
  findings.expect("/health answers soon all the while", healthP99Ms < size.healthP99Ms, () => `p99 ${healthP99Ms} ms`);
  findings.expect("the server lives all the while", server.pid === pid);
  await server.stop();
  judge(server, oracle, { findings });
  const knownMs = { knownP50Ms: quantile(known, 0.5), knownWorstMs: quantile(known, 1) };
  return { findings: findings.all, figures: { ...knownMs, healthP99Ms, jobsBeside: oracle.ackedJobs.size } };
}

/** One that has a single attempt; answers how long it took until it was known. */
async function accuse(
  server: RunningServer,
  how: Culprit,
  { findings, freeBytes }: { findings: Findings; freeBytes: number },
): Promise<number> {
  const begunAt = performance.now();
  const passedMs = () => Math.round(performance.now() - begunAt);
  const { submit } = apiOf(server);
  const { id } = await submit({ type: "culprit", payload: { how }, timeoutMs: timeoutOf(how), maxAttempts: 1 });
  const { status, error } = await finished(server, id);
  const knownMs = passedMs();
  const isNamed = status === "failed" && error?.code === VERDICTS[how];
  findings.expect("the culprit is named", isNamed, () => `${how}: ${status}, ${JSON.stringify(error)}`);
  findings.expect("the culprit is named in time", knownMs <= KNOWN_WITHIN_MS, () => `${how}: after ${knownMs} ms`);
  let share = await cpuShare(server, LOOK_MS);
  while (share > FREE_CPU_SHARE && passedMs() <= KNOWN_WITHIN_MS) share = await cpuShare(server, LOOK_MS);
  findings.expect("its core is free again in time", share <= FREE_CPU_SHARE, () => `${how}: ${share} of a core`);
  const mostMs = passedMs() + GIVEN_BACK_WITHIN_MS;
  while (usedBy(server).ownBytes > freeBytes && passedMs() <= mostMs) await pause(LOOK_MS);
  const bytes = usedBy(server).ownBytes;
  findings.expect("its memory is given back in time", bytes <= freeBytes, () => `${how}: ${bytes} bytes`);
  return knownMs;
}

/** One that would be tried more often than it may crash. */
async function accuseThrice(server: RunningServer, how: Culprit, findings: Findings): Promise<void> {
  const { submit } = apiOf(server);
  const { id } = await submit({ type: "culprit", payload: { how }, timeoutMs: timeoutOf(how), maxAttempts: 10 });
  const seen = await finished(server, id);
  const isGivenUp = seen.status === "failed" && seen.attempts === MOST_CRASHES && seen.error?.code === VERDICTS[how];
  findings.expect("what has crashed three times is given up", isGivenUp, () => `${how}: ${JSON.stringify(seen)}`);
}

function timeoutOf(how: Culprit): number {
  return VERDICTS[how] === "timed-out" ? TIMEOUT_MS : HOARDING_TIMEOUT_MS;
}

async function finished(server: RunningServer, id: string): Promise<JobView> {
  const begunAt = performance.now();
  for (;;) {
    const job = await apiOf(server).job(id);
    if (job.finishedAt !== null) return job;
    if (performance.now() - begunAt > GIVE_UP_MS) throw new Error(`It is never given up: ${JSON.stringify(job)}`);
    await pause(100);
  }
}
