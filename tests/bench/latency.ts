import { join } from "node:path";
import { jobTables } from "../../actors/job/tables.ts";
import type { FeedReader, FeedStep, System } from "../../runtime/mod.ts";
import { type BareCommits, openBareCommits } from "./bare_commits.ts";
import { openBenchNode } from "./bench_node.ts";
import { timed } from "./bench_registry.ts";
import { TEXT } from "./load.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { median, percentile } from "./statistics.ts";

const JOBS = { full: 500, quick: 100 };
/** Until the hot code is compiled; not counted. */
const WARM_UP = { full: 500, quick: 100 };
/** So that nothing of one job is under way when the next is submitted. */
const PAUSE_MS = 2;

/** Ms from the submission of one job; `bareMs` is a commit of one row just after it. */
interface Sample {
  readonly ackMs: number;
  readonly startMs: number;
  readonly visibleMs: number;
  readonly bareMs: number;
}

/** One job at a time on a system that has nothing else to do. */
export const latency: Scenario = {
  name: "latency",
  about:
    "one job at a time on an idle system: to the durable acknowledgement, to its handler, to succeeded and visible",
  async run({ folder, scale, progress }: ScenarioOptions) {
    using bare = openBareCommits(join(folder, "bare.db"));
    const node = await openBenchNode({ databaseUrl: `sqlite:${join(folder, "jobs.db")}` });
    try {
      const { system } = node;
      const reader = system.feed.follow("demo", await system.feed.last("demo"));
      progress(`${WARM_UP[scale]} jobs to warm up, ${JOBS[scale]} that count`);
      const samples: Sample[] = [];
      for (let job = -WARM_UP[scale]; job < JOBS[scale]; job++) {
        const sample = await measureJob(system, reader, bare);
        if (job >= 0) samples.push(sample);
      }
      reader.end();
      return figuresOf(samples);
    } finally {
      await node.stop();
    }
  },
};

async function measureJob(system: System, reader: FeedReader, bare: BareCommits): Promise<Sample> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const id = system.createId();
  const visible = whenVisible(system, reader, id);
  const begunAt = performance.now();
  await system.tell(timed.at("demo", id), "run", { text: TEXT }, { fresh: true });
  const ackMs = performance.now() - begunAt;
  const { at, result } = await visible;
  const { startedAt } = JSON.parse(result) as { startedAt: number };
  return {
    ackMs,
    startMs: startedAt - (performance.timeOrigin + begunAt),
    visibleMs: at - begunAt,
    bareMs: bare.commit(),
  };
}

/** When the event has come to its reader, and the job says the same to one who reads it. */
async function whenVisible(system: System, reader: FeedReader, id: string): Promise<{ at: number; result: string }> {
  for (;;) {
    const step = await new Promise<FeedStep | null>((resolve) => reader.next(resolve));
    if (step?.step !== "events") throw new Error(`The feed told ${step?.step ?? "nothing"} instead of events`);
    const isDone = step.events.some(({ type, subject }) => type === "job.succeeded" && subject === `job/${id}`);
    if (!isDone) continue;
    const job = await system.point("demo", jobTables.queries.byId, { id });
    if (job?.status !== "succeeded") throw new Error(`The job is ${job?.status} after its event`);
    return { at: performance.now(), result: job.result! };
  }
}

function figuresOf(samples: readonly Sample[]): Figure[] {
  const bare = { what: "a bare commit", value: median(samples.map(({ bareMs }) => bareMs)) };
  const figures = (what: string, values: readonly number[], bound: NonNullable<Figure["bound"]>): Figure[] => [
    { name: `idle, submit to ${what}, p50`, unit: "ms", value: percentile(values, 0.5), bare, bound },
    { name: `idle, submit to ${what}, p95`, unit: "ms", value: percentile(values, 0.95) },
    { name: `idle, submit to ${what}, p99`, unit: "ms", value: percentile(values, 0.99) },
  ];
  return [
    ...figures("durable", samples.map(({ ackMs }) => ackMs), { atMost: 0.6, ofBare: 3 }),
    ...figures("handler", samples.map(({ startMs }) => startMs), { atMost: 1.2, ofBare: 6 }),
    ...figures("visible", samples.map(({ visibleMs }) => visibleMs), { atMost: 2.5, ofBare: 12 }),
  ];
}
