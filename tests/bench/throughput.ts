import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { openBareCommits } from "./bare_commits.ts";
import { measureBareStore } from "./bare_store.ts";
import { type BenchNode, openBenchNode } from "./bench_node.ts";
import { measureJobs } from "./load.ts";
import { bytesWritten, fileMib, peakMemory, resetPeaks } from "./memory.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { costFigures, perJob, readStations } from "./stations.ts";
import { median } from "./statistics.ts";

const JOBS = { full: 50_000, quick: 10_000 };
/** Not counted: what runs for the first time is compiled on the way. The bare loop has as many before its own. */
const WARM_UP = { full: 20_000, quick: 5_000 };
const COMMITS = { full: 500, quick: 100 };
const MIB = 1_024 * 1_024;
const BARE = "six writes a job";

/** Trivial jobs, submitted through the runtime's own API until all have succeeded, and what each costs. */
export const throughput: Scenario = {
  name: "throughput",
  about: "trivial jobs end to end, each durable before it is acknowledged, and what a job costs",
  async run({ folder, scale, progress }: ScenarioOptions) {
    const jobs = JOBS[scale];
    progress(`${jobs} jobs in a bare loop`);
    measureBareStore(join(folder, "warm.db"), WARM_UP[scale]);
    const bare = measureBare(join(folder, "bare.db"), jobs);
    const commitMs = measureCommits(join(folder, "commits.db"), COMMITS[scale]);
    progress(`${jobs} jobs`);
    const path = join(folder, "jobs.db");
    const node = await openBenchNode({ databaseUrl: `sqlite:${path}` });
    try {
      await measureJobs(node.system, WARM_UP[scale]);
      return [...await measureNode({ ...node, path }, jobs, bare), {
        name: "a bare commit",
        unit: "ms",
        value: commitMs,
      }];
    } finally {
      await node.stop();
    }
  },
};

interface Bare {
  readonly jobsPerSecond: number;
  readonly cpuUs: number | null;
  readonly bytes: number;
  readonly fileBytes: number;
}

function measureBare(path: string, jobs: number): Bare {
  const [cpu, bytes] = [readStations(), bytesWritten()];
  const jobsPerSecond = measureBareStore(path, jobs);
  const cpuUs = cpu === null ? null : perJob(cpu, readStations()!, jobs).get("main thread")!;
  return { jobsPerSecond, cpuUs, bytes: (bytesWritten() - bytes) / jobs, fileBytes: fileMib(path) * MIB / jobs };
}

function measureCommits(path: string, commits: number): number {
  using bare = openBareCommits(path);
  return median(Array.from({ length: commits }, () => bare.commit()));
}

async function measureNode(node: BenchNode & { readonly path: string }, jobs: number, bare: Bare): Promise<Figure[]> {
  const { system, children, commits, path } = node;
  const pids = [Deno.pid, ...children];
  resetPeaks(pids);
  const [cpu, bytes, before] = [readStations(), bytesWritten(), { ...commits }];
  const { finished: value } = await measureJobs(system, jobs);
  const stations = cpu === null ? null : perJob(cpu, readStations()!, jobs);
  const entries = (commits.entries - before.entries) / (commits.count - before.count);
  return [
    {
      name: "jobs a second",
      unit: "1/s",
      value,
      bare: { what: BARE, value: bare.jobsPerSecond },
      bound: { atLeast: 20_000, ofBare: 0.6 },
    },
    ...stations === null ? [] : costFigures("a job", stations, { what: BARE, value: bare.cpuUs! }),
    {
      name: "bytes written a job",
      unit: "bytes",
      value: (bytesWritten() - bytes) / jobs,
      bare: { what: BARE, value: bare.bytes },
    },
    {
      name: "bytes kept a job",
      unit: "bytes",
      value: fileMib(path) * MIB / jobs,
      bare: { what: BARE, value: bare.fileBytes },
    },
    { name: "rows kept a job", unit: "count", value: countRows(path) / jobs },
    { name: "entries a commit", unit: "count", value: entries },
    { name: "peak memory, server and bench", unit: "MiB", value: peakMemory([Deno.pid]) },
    { name: "peak memory, children", unit: "MiB", value: peakMemory(children) },
  ];
}

/** Of all tables, whatever they are. */
function countRows(path: string): number {
  using db = new DatabaseSync(path, { readOnly: true });
  const names = db.prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'").all();
  return names.reduce(
    (sum, { name }) => sum + Number(db.prepare(`select count(*) as rows from "${name}"`).get()!.rows),
    0,
  );
}
