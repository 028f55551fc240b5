import { join } from "node:path";
import { makeBacklog } from "./backlog_file.ts";
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
    return [...full(empty), {
      name: "jobs a second behind backoff and a paused kind",
      unit: "1/s",
      value: aside,
      bare: { what: "with an empty file", value: empty },
      bound: { ofBare: 0.95 },
    }];
  },
};

/** The same number of messages is handled before as in the other two, so that the code is as warm. */
async function measureEmpty(path: string, scale: ScenarioOptions["scale"]): Promise<number> {
  const { jobs, before, aside } = SIZES[scale];
  await using server = await spawnServer(path);
  await server.ask({ task: "tally", actors: aside });
  await server.ask({ task: "jobs", jobs: before });
  return (await server.ask({ task: "jobs", jobs })).pace!.finished;
}

async function measureAside(path: string, scale: ScenarioOptions["scale"]): Promise<number> {
  const { jobs, before, aside } = SIZES[scale];
  await using server = await spawnServer(path);
  await server.ask({ task: "refuse", actors: aside });
  await server.ask({ task: "pause", jobs: aside });
  await server.ask({ task: "jobs", jobs: before });
  const { finished } = (await server.ask({ task: "jobs", jobs })).pace!;
  await mustWait(server, 2 * aside);
  return finished;
}

async function measureBacklog(
  { folder, keptFolder, scale, progress }: ScenarioOptions,
): Promise<(empty: number) => Figure[]> {
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
  const { finished, accepted } = (await server.ask({ task: "jobs", jobs })).pace!;
  const memory = server.memory();
  await mustWait(server, backlog / 2);
  return (empty) => [
    {
      name: "jobs a second beside a backlog",
      unit: "1/s",
      value: finished,
      bare: { what: "with an empty file", value: empty },
      bound: { ofBare: 0.8 },
    },
    { name: "jobs accepted a second beside a backlog", unit: "1/s", value: accepted },
    { name: "ready with a backlog, after kill -9", unit: "ms", value: server.readyMs, bound: { atMost: 3_000 } },
    {
      name: "peak memory with a backlog",
      unit: "MiB",
      value: memory.server + memory.children,
      bound: { atMost: 500 * 1e6 / 1_024 ** 2 },
    },
    { name: "peak memory with a backlog, server", unit: "MiB", value: memory.server },
    { name: "peak memory with a backlog, children", unit: "MiB", value: memory.children },
    { name: "file with a backlog", unit: "MiB", value: fileMib(kept) },
  ];
}

/** That what is measured was what is said of it. */
async function mustWait(server: BenchServer, atLeast: number): Promise<void> {
  const { pending = 0 } = await server.ask({ task: "pending" });
  if (pending < atLeast) throw new Error(`Only ${pending} of at least ${atLeast} messages still wait`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
