import { join } from "node:path";
import {
  chooseHost,
  createDiagnostics,
  createSystem,
  openStore,
  type System,
  systemClock,
  systemRandom,
} from "../../runtime/mod.ts";
import { measureBareStore } from "./bare_store.ts";
import { registry, trivial } from "./bench_registry.ts";

/** One run: jobs a second, with the bare measure of the same moment beside it. */
interface Run {
  readonly jobsPerSecond: number;
  readonly barePerSecond: number;
  readonly ratio: number;
}

const TEXT = "x".repeat(200);
/** Clients that submit at the same time, and the jobs of one commit of theirs, as `POST /api/jobs/batch` makes them. */
const SUBMITTERS = 8;
const AT_ONCE = 100;

/** Submits through the runtime's own API, each batch durable before the next of its client, until all have succeeded. */
async function measureJobs(folder: string, jobs: number): Promise<number> {
  const registryUrl = import.meta.resolve("./bench_registry.ts");
  const diagnostics = createDiagnostics();
  const store = await openStore({
    databaseUrl: `sqlite:${join(folder, "jobs.db")}`,
    registry,
    registryUrl,
    node: "bench",
    now: systemClock.now(),
  });
  const createHost = await chooseHost({
    isolation: "process",
    registry,
    workerUrl: import.meta.resolve("./bench_worker.ts"),
    workers: Math.max(1, navigator.hardwareConcurrency - 1),
    memoryMb: 512,
    configUrl: import.meta.resolve("../deno.json"),
    sourceUrls: [import.meta.resolve("../../actors/")],
    env: Deno.env.toObject(),
    clock: systemClock,
    random: systemRandom,
  });
  const system = createSystem({
    registry,
    store,
    createHost,
    clock: systemClock,
    random: systemRandom,
    diagnostics,
    tenantPendingLimit: jobs,
    eventsKept: 10 * jobs,
    onFatal: (error) => {
      throw error;
    },
  });
  await system.start();
  const allDone = Promise.withResolvers<void>();
  let done = 0;
  diagnostics.observe(({ event }) => {
    if (event === "turn.committed" && ++done === jobs) allDone.resolve();
  });
  const begunAt = performance.now();
  await submitAll(system, jobs);
  await allDone.promise;
  const seconds = (performance.now() - begunAt) / 1_000;
  await system.stop();
  return jobs / seconds;
}

async function submitAll(system: System, jobs: number): Promise<void> {
  let submitted = 0;
  const submitter = async () => {
    while (submitted < jobs) {
      const size = Math.min(AT_ONCE, jobs - submitted);
      submitted += size;
      await system.tellAll(Array.from({ length: size }, () => ({
        to: trivial.at("demo", system.createId()),
        message: "run",
        payload: { text: TEXT },
        fresh: true,
      })));
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
}

async function measure(jobs: number): Promise<Run> {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-bench-" });
  try {
    const barePerSecond = Math.round(measureBareStore(join(folder, "bare.db"), jobs));
    const jobsPerSecond = Math.round(await measureJobs(folder, jobs));
    return { jobsPerSecond, barePerSecond, ratio: Number((jobsPerSecond / barePerSecond).toFixed(2)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}

if (import.meta.main) {
  const [jobs = 50_000, rounds = 5] = Deno.args.map(Number);
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round++) {
    runs.push(await measure(jobs));
    // deno-lint-ignore no-console -- progress for a person
    console.error(`run ${round + 1}/${rounds}`, runs.at(-1));
  }
  const medians = {
    jobs,
    runs: rounds,
    jobsPerSecond: median(runs.map((run) => run.jobsPerSecond)),
    barePerSecond: median(runs.map((run) => run.barePerSecond)),
    ratio: median(runs.map((run) => run.ratio)),
  };
  // deno-lint-ignore no-console -- the result
  console.log(JSON.stringify(medians));
}
