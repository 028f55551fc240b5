import { type RunningServer, startServer } from "../support/running_server.ts";
import { type Campaign, type Course, Findings, pause, quantile, type Result } from "./torture_campaign.ts";
import { openFile, settled } from "./torture_load.ts";

export interface PoisonSize {
  readonly jobs?: number;
  readonly jobsPerSecond?: number;
  /** Up to this, twice as long is noise of the machine. */
  readonly noiseMs?: number;
}

const BATCH = 100;
/** One job in so many. */
const POISON_EVERY = 100;
const MOST_SLOWDOWN = 2;

/** Runs with and without jobs that always throw, by turns in one server; each at a pace that the server can keep. */
export function poisonRounds({ jobs = 20_000, jobsPerSecond = 1_500, noiseMs = 25 }: PoisonSize = {}): Campaign {
  return {
    name: "poison",
    shows: "jobs that always fail are given up, and neither stop nor slow down the others",
    rounds: 3,
    run: (course) => run(course, { jobs, jobsPerSecond, noiseMs }),
  };
}

async function run({ rounds, tell }: Course, { jobs, jobsPerSecond, noiseMs }: Required<PoisonSize>): Promise<Result> {
  await using server = await startServer({ env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" } });
  const findings = new Findings();
  const p99s: Record<"clean" | "poisoned", number[]> = { clean: [], poisoned: [] };
  // The first run warms the server up and is not measured.
  for (let round = 0; round <= rounds; round++) {
    for (const water of ["clean", "poisoned"] as const) {
      const tenant = `${water}-${round}`;
      await submitAll(server, {
        tenant,
        jobs,
        jobsPerSecond,
        poisonEvery: water === "clean" ? Infinity : POISON_EVERY,
      });
      await settled(server);
      const p99Ms = compare(server, { tenant, findings });
      if (round > 0) p99s[water].push(p99Ms);
    }
    if (round > 0) {
      tell(`p99 of the healthy: ${p99s.clean.at(-1)} ms without poison, ${p99s.poisoned.at(-1)} ms beside it`);
    }
  }
  await server.stop();
  const [cleanP99Ms, poisonedP99Ms] = [quantile(p99s.clean, 0.5), quantile(p99s.poisoned, 0.5)];
  const isSlowed = poisonedP99Ms > noiseMs && poisonedP99Ms >= MOST_SLOWDOWN * cleanP99Ms;
  findings.expect("the healthy are not slowed down", !isSlowed, () => `${cleanP99Ms} ms, then ${poisonedP99Ms} ms`);
  return { findings: findings.all, figures: { jobsPerRun: jobs, cleanP99Ms, poisonedP99Ms } };
}

interface Run {
  readonly tenant: string;
  readonly jobs: number;
  readonly jobsPerSecond: number;
  readonly poisonEvery: number;
}

async function submitAll(server: RunningServer, { tenant, jobs, jobsPerSecond, poisonEvery }: Run): Promise<void> {
  const begunAt = performance.now();
  for (let submitted = 0; submitted < jobs; submitted += BATCH) {
    const batch = Array.from(
      { length: Math.min(BATCH, jobs - submitted) },
      (_, index) =>
        (submitted + index) % poisonEvery === 1
          ? { type: "flaky", payload: { succeedsAt: 1_000 }, maxAttempts: 3 }
          : { type: "trivial" },
    );
    const response = await fetch(`${server.url}/api/jobs/batch`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-tenant": tenant },
      body: JSON.stringify(batch),
    });
    if (response.status !== 201) throw new Error(`A batch was answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
    await pause(Math.max(0, (submitted + BATCH) / jobsPerSecond * 1_000 - (performance.now() - begunAt)));
  }
}

/** Answers the p99 of the healthy ones, from their submission to their end. */
function compare(server: RunningServer, { tenant, findings }: { tenant: string; findings: Findings }): number {
  using db = openFile(server);
  const jobs = db.prepare("select type, status, attempts, created_at, finished_at from jobs where tenant = ?").all(
    tenant,
  )
    .map((job) => ({ ...job }));
  const healthy = jobs.filter(({ type }) => type === "trivial");
  const poison = jobs.filter(({ type }) => type === "flaky");
  findings.expectAll("every healthy job has succeeded", healthy, (job) => job["status"] === "succeeded");
  findings.expectAll("no healthy job has lost an attempt", healthy, (job) => job["attempts"] === 1);
  findings.expectAll(
    "every poisonous job is given up",
    poison,
    (job) => job["status"] === "failed" && job["attempts"] === 3,
  );
  return quantile(healthy.map((job) => Number(job["finished_at"]) - Number(job["created_at"])), 0.99);
}
