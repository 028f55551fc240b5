import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { System } from "../../runtime/mod.ts";
import { openBenchNode } from "./bench_node.ts";
import { countTurns, jobCommand, measureJobs, type TurnCount } from "./load.ts";
import { fileMib, residentMemory } from "./memory.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { median } from "./statistics.ts";

const SHORT_RUN = { full: 50_000, quick: 10_000 };
const MINUTES = { full: 1, quick: 0.1 };
/** Finished jobs and events beyond these are removed while the work goes on. */
const KEPT_MS = { full: 10_000, quick: 1_000 };
const EVENTS_KEPT = { full: 100_000, quick: 10_000 };
const SUBMITTERS = 8;
const AT_ONCE = 100;
/** Unfinished jobs beyond which the clients wait. */
const MOST_OPEN = 10_000;
const SLICES_A_MINUTE = 6;

/** The same as the throughput, for minutes, with retention deleting behind it. */
export const sustained: Scenario = {
  name: "sustained",
  about: "jobs for a minute (--minutes 10 for ten), with retention deleting behind them",
  runsOnce: true,
  async run({ folder, scale, minutes = MINUTES[scale], progress }: ScenarioOptions) {
    progress(`${SHORT_RUN[scale]} jobs as a short run`);
    const shortRun = await withNode(
      { databaseUrl: `sqlite:${join(folder, "short.db")}` },
      async ({ system }) => (await measureJobs(system, SHORT_RUN[scale])).finished,
    );
    const path = join(folder, "jobs.db");
    const options = {
      databaseUrl: `sqlite:${path}`,
      eventsKept: EVENTS_KEPT[scale],
      keptMs: { jobs: KEPT_MS[scale], "dead-letters": KEPT_MS[scale] },
    };
    await Deno.remove(join(folder, "short.db"));
    return await withNode(options, async ({ system, children }) => {
      const { rates, finished } = await measureSlices(system, minutes, progress);
      const { jobs, events } = countKept(path);
      return [
        ...rateFigures(rates, shortRun),
        { name: "sustained: jobs finished", unit: "count", value: finished },
        { name: "sustained: jobs in the file at the end", unit: "count", value: jobs },
        { name: "sustained: events in the file at the end", unit: "count", value: events },
        { name: "sustained: file at the end", unit: "MiB", value: fileMib(path) },
        { name: "sustained: memory at the end", unit: "MiB", value: residentMemory([Deno.pid, ...children]) },
      ];
    });
  },
};

async function withNode<R>(
  options: Parameters<typeof openBenchNode>[0],
  use: (node: Awaited<ReturnType<typeof openBenchNode>>) => Promise<R>,
): Promise<R> {
  const node = await openBenchNode(options);
  try {
    return await use(node);
  } finally {
    await node.stop();
  }
}

/** Jobs a second in each slice of the time, in order. */
async function measureSlices(
  system: System,
  minutes: number,
  progress: (what: string) => void,
): Promise<{ rates: number[]; finished: number }> {
  const slices = Math.max(SLICES_A_MINUTE, Math.round(minutes * SLICES_A_MINUTE));
  const sliceMs = minutes * 60_000 / slices;
  const count = countTurns(system.diagnostics);
  const over = new AbortController();
  const load = submitUntil(system, count, over.signal);
  const rates: number[] = [];
  try {
    for (let slice = 1; slice <= slices; slice++) {
      const [from, fromAt] = [count.turns, performance.now()];
      await Promise.race([load, new Promise((resolve) => setTimeout(resolve, sliceMs))]);
      rates.push((count.turns - from) / (performance.now() - fromAt) * 1_000);
      progress(`slice ${slice} of ${slices}: ${Math.round(rates.at(-1)!)} jobs a second`);
    }
  } finally {
    over.abort();
    await load;
    count.end();
  }
  return { rates, finished: count.turns };
}

async function submitUntil(system: System, count: TurnCount, over: AbortSignal): Promise<void> {
  let submitted = 0;
  const submitter = async () => {
    while (!over.aborted) {
      submitted += AT_ONCE;
      await system.tellAll(Array.from({ length: AT_ONCE }, () => jobCommand(system)));
      await count.reaches(submitted - MOST_OPEN);
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
}

/** The last minute decides, a shorter time as a whole; where there are several minutes, each is shown. */
function rateFigures(rates: readonly number[], shortRun: number): Figure[] {
  const byMinute = Array.from(
    { length: Math.ceil(rates.length / SLICES_A_MINUTE) },
    (_, minute) => median(rates.slice(minute * SLICES_A_MINUTE, (minute + 1) * SLICES_A_MINUTE)),
  );
  return [
    {
      name: "sustained jobs a second, in the last minute",
      unit: "1/s",
      value: median(rates.slice(-SLICES_A_MINUTE)),
      bare: { what: "in a short run", value: shortRun },
      bound: { ofBare: 0.8 },
    },
    ...(byMinute.length === 1 ? [] : byMinute).map((value, minute): Figure => ({
      name: `sustained jobs a second, minute ${minute + 1}`,
      unit: "1/s",
      value,
    })),
  ];
}

function countKept(path: string): { jobs: number; events: number } {
  using db = new DatabaseSync(path, { readOnly: true });
  const jobs = Number(db.prepare("select count(*) as rows from jobs").get()!.rows);
  const events = Number(db.prepare("select sum(last_event - trimmed_to) as rows from tenants").get()!.rows);
  return { jobs, events };
}
