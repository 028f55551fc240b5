import { join } from "node:path";
import { makeBacklog } from "./backlog_file.ts";
import type { Pace } from "./load.ts";
import { fileMib } from "./memory.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { type BenchServer, spawnServer } from "./spawn_server.ts";

const SIZES = {
  full: { backlog: 1_000_000, before: 10_000, aside: 10_000, slice: 12_500 },
  quick: { backlog: 50_000, before: 1_000, aside: 1_000, slice: 1_000 },
};
/** Of each of the two that are measured side by side: they take turns, since a machine drifts. */
const SLICES = 4;
const TENANTS = 100;

/** What a node costs whose file is full of work that waits, for its turn, for its retry, or for its kind to be resumed. */
export const backlog: Scenario = {
  name: "backlog",
  about: "a million queued jobs: ready after kill -9, throughput beside an empty file, memory; actors in backoff",
  async run(options: ScenarioOptions) {
    const aside = await measureAside(options);
    const full = await measureBacklog(options);
    return [
      ...figuresOf("beside a backlog", full, 0.8),
      { name: "jobs accepted a second beside a backlog", unit: "1/s", value: full.hindered.accepted },
      { name: "ready with a backlog, after kill -9", unit: "ms", value: full.readyMs, bound: { atMost: 3_000 } },
      ...memoryFigures(full.memory),
      { name: "file with a backlog", unit: "MiB", value: full.fileMib },
      ...figuresOf("behind backoff and a paused kind", aside, 0.95),
    ];
  },
};

interface Work extends Pace {
  /** For each job. */
  readonly cpuUs: number | undefined;
}

/** With a hindrance, and with an empty file. */
interface SideBySide {
  readonly hindered: Work;
  readonly empty: Work;
}

function figuresOf(what: string, { hindered, empty }: SideBySide, ofBare: number): Figure[] {
  const bare = (value: number) => ({ what: "with an empty file", value });
  const { cpuUs } = hindered;
  return [
    {
      name: `jobs a second ${what}`,
      unit: "1/s",
      value: hindered.finished,
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
async function spawnEmpty(path: string, scale: ScenarioOptions["scale"]): Promise<BenchServer> {
  const { before, aside } = SIZES[scale];
  const server = await spawnServer(`sqlite:${path}`);
  await server.ask({ task: "tally", actors: aside });
  await server.ask({ task: "jobs", jobs: before });
  return server;
}

async function spawnAside(path: string, scale: ScenarioOptions["scale"]): Promise<BenchServer> {
  const { before, aside } = SIZES[scale];
  const server = await spawnServer(`sqlite:${path}`);
  await server.ask({ task: "refuse", actors: aside });
  await server.ask({ task: "pause", jobs: aside });
  await server.ask({ task: "jobs", jobs: before });
  return server;
}

/**
 * The difference is smaller than what a machine drifts between two runs: so both are there and take turns, and the one that
 * has work left is held meanwhile.
 */
async function takeTurns(hindered: BenchServer, empty: BenchServer, slice: number): Promise<SideBySide> {
  const works: Record<keyof SideBySide, Work[]> = { hindered: [], empty: [] };
  for (let turn = 0; turn < SLICES; turn++) {
    works.empty.push(await hindered.heldWhile(() => measure(empty, slice)));
    works.hindered.push(await measure(hindered, slice));
  }
  return { hindered: together(works.hindered), empty: together(works.empty) };
}

async function measureAside(options: ScenarioOptions): Promise<SideBySide> {
  const { folder, scale, progress } = options;
  const { aside: waiting, slice } = SIZES[scale];
  progress(`${SLICES * slice} jobs by turns over an empty file, and beside actors in backoff and a paused kind`);
  await using empty = await spawnEmpty(join(folder, "beside-aside.db"), scale);
  await using aside = await spawnAside(join(folder, "aside.db"), scale);
  const sideBySide = await takeTurns(aside, empty, slice);
  await mustWait(aside, 2 * waiting);
  return sideBySide;
}

/** Of slices of the same size: their rates over the whole time. */
function together(works: readonly Work[]): Work {
  const rate = (of: (work: Work) => number) => works.length / works.reduce((sum, work) => sum + 1 / of(work), 0);
  const cpuUs = works.every(({ cpuUs }) => cpuUs !== undefined)
    ? works.reduce((sum, { cpuUs }) => sum + cpuUs!, 0) / works.length
    : undefined;
  return { accepted: rate(({ accepted }) => accepted), finished: rate(({ finished }) => finished), cpuUs };
}

interface BesideBacklog extends SideBySide {
  readonly readyMs: number;
  readonly memory: ReturnType<BenchServer["memory"]>;
  readonly fileMib: number;
}

async function measureBacklog(options: ScenarioOptions): Promise<BesideBacklog> {
  const { folder, keptFolder, scale, progress } = options;
  const { backlog, before, aside, slice } = SIZES[scale];
  const kept = join(keptFolder, "backlog.db");
  if (!await exists(kept)) {
    progress(`${backlog} jobs are queued once for all runs`);
    await makeBacklog(kept, { jobs: backlog, tenants: TENANTS, progress });
  }
  const path = join(folder, "backlog.db");
  await Deno.copyFile(kept, path);

  await using empty = await spawnEmpty(join(folder, "empty.db"), scale);
  await using killed = await spawnServer(`sqlite:${path}`);
  await killed.ask({ task: "finish", turns: before });
  await killed.kill();
  progress(`${SLICES * slice} jobs by turns over an empty file, and beside ${backlog} that wait, after kill -9`);
  await using server = await spawnServer(`sqlite:${path}`);
  await server.ask({ task: "finish", turns: aside });
  await server.ask({ task: "jobs", jobs: before });
  const sideBySide = await takeTurns(server, empty, slice);
  const memory = server.memory();
  await mustWait(server, backlog / 2);
  return { ...sideBySide, readyMs: server.readyMs, memory, fileMib: fileMib(kept) };
}

/** That what is measured was what is said of it. */
async function mustWait(server: BenchServer, atLeast: number): Promise<void> {
  const { pending = 0 } = await server.ask({ task: "pending" });
  if (pending < atLeast) throw new Error(`Only ${pending} of at least ${atLeast} messages still wait`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
