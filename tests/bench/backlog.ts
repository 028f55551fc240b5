import { join } from "node:path";
import { makeBacklog } from "./backlog_file.ts";
import type { Pace } from "./load.ts";
import { fileMib } from "./memory.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { type BenchServer, spawnServer } from "./spawn_server.ts";

const SIZES = {
  full: { backlog: 1_000_000, jobs: 50_000, before: 10_000, aside: 10_000 },
  quick: { backlog: 50_000, jobs: 5_000, before: 1_000, aside: 1_000 },
};
const TENANTS = 100;

/** What a node costs whose file is full of work that waits, for its turn, for its retry, or for its kind to be resumed. */
export const backlog: Scenario = {
  name: "backlog",
  about: "a million queued jobs: ready after kill -9, throughput beside an empty file, memory; actors in backoff",
  async run(options: ScenarioOptions) {
    const { folder, scale, progress } = options;
    const { jobs } = SIZES[scale];
    progress(`${jobs} jobs over an empty file`);
    const empty = await measureEmpty(join(folder, "empty.db"), scale);
    progress(`${jobs} jobs beside actors in backoff and a paused kind`);
    const aside = await measureAside(join(folder, "aside.db"), scale);
    const full = await measureBacklog(options);
    return [
      ...beside("beside a backlog", full.work, { empty, ofBare: 0.8 }),
      { name: "jobs accepted a second beside a backlog", unit: "1/s", value: full.work.accepted },
      { name: "ready with a backlog, after kill -9", unit: "ms", value: full.readyMs, bound: { atMost: 3_000 } },
      ...memoryFigures(full.memory),
      { name: "file with a backlog", unit: "MiB", value: full.fileMib },
      ...beside("behind backoff and a paused kind", aside, { empty, ofBare: 0.95 }),
    ];
  },
};

interface Work extends Pace {
  /** For each job. */
  readonly cpuUs: number | undefined;
}

/** Pace and cost with a hindrance, beside those of a node with an empty file. */
function beside(what: string, work: Work, { empty, ofBare }: { empty: Work; ofBare: number }): Figure[] {
  const bare = (value: number) => ({ what: "with an empty file", value });
  const { cpuUs } = work;
  return [
    {
      name: `jobs a second ${what}`,
      unit: "1/s",
      value: work.finished,
      bare: bare(empty.finished),
      bound: { ofBare },
    },
    ...cpuUs === undefined ? [] : [
      { name: `CPU a job ${what}`, unit: "us", value: cpuUs, bare: bare(empty.cpuUs!) } as const,
    ],
  ];
}

function memoryFigures({ server, children }: ReturnType<BenchServer["memory"]>): Figure[] {
  const bound = { atMost: 500 * 1e6 / 1_024 ** 2 };
  return [
    { name: "peak memory with a backlog", unit: "MiB", value: server + children, bound },
    { name: "peak memory with a backlog, server", unit: "MiB", value: server },
    { name: "peak memory with a backlog, children", unit: "MiB", value: children },
  ];
}

async function measure(server: BenchServer, jobs: number): Promise<Work> {
  const { pace, cpuUs } = await server.ask({ task: "jobs", jobs });
  return { ...pace!, cpuUs };
}

/** The same number of messages is handled before as in the other two, so that the code is as warm. */
async function measureEmpty(path: string, scale: ScenarioOptions["scale"]): Promise<Work> {
  const { jobs, before, aside } = SIZES[scale];
  await using server = await spawnServer(path);
  await server.ask({ task: "tally", actors: aside });
  await server.ask({ task: "jobs", jobs: before });
  return await measure(server, jobs);
}

async function measureAside(path: string, scale: ScenarioOptions["scale"]): Promise<Work> {
  const { jobs, before, aside } = SIZES[scale];
  await using server = await spawnServer(path);
  await server.ask({ task: "refuse", actors: aside });
  await server.ask({ task: "pause", jobs: aside });
  await server.ask({ task: "jobs", jobs: before });
  const work = await measure(server, jobs);
  await mustWait(server, 2 * aside);
  return work;
}

interface BesideBacklog {
  readonly work: Work;
  readonly readyMs: number;
  readonly memory: ReturnType<BenchServer["memory"]>;
  readonly fileMib: number;
}

async function measureBacklog({ folder, keptFolder, scale, progress }: ScenarioOptions): Promise<BesideBacklog> {
  const { backlog, jobs, before, aside } = SIZES[scale];
  const kept = join(keptFolder, "backlog.db");
  if (!await exists(kept)) {
    progress(`${backlog} jobs are queued once for all runs`);
    await makeBacklog(kept, { jobs: backlog, tenants: TENANTS, progress });
  }
  const path = join(folder, "backlog.db");
  await Deno.copyFile(kept, path);

  await using killed = await spawnServer(path);
  await killed.ask({ task: "finish", turns: before });
  await killed.kill();
  progress(`${jobs} jobs beside ${backlog} that wait, after kill -9`);
  await using server = await spawnServer(path);
  await server.ask({ task: "finish", turns: aside });
  await server.ask({ task: "jobs", jobs: before });
  const work = await measure(server, jobs);
  const memory = server.memory();
  await mustWait(server, backlog / 2);
  return { work, readyMs: server.readyMs, memory, fileMib: fileMib(kept) };
}

/** That what is measured was what is said of it. */
async function mustWait(server: BenchServer, atLeast: number): Promise<void> {
  const { pending = 0 } = await server.ask({ task: "pending" });
  if (pending < atLeast) throw new Error(`Only ${pending} of at least ${atLeast} messages still wait`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
