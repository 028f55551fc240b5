import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import type { System } from "../../runtime/mod.ts";
import { measureBarePostgres } from "./bare_postgres.ts";
import { type BenchNode, openBenchNode } from "./bench_node.ts";
import { measureJobs } from "./load.ts";
import { countRows, type PostgresUse, readPostgresUse } from "./postgres_use.ts";
import { countRoundTrips } from "./round_trips.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { perJob, readStations } from "./stations.ts";

const JOBS = { full: 50_000, quick: 5_000 };
const WARM_UP = { full: 20_000, quick: 5_000 };
/** Counted apart, as counting costs time. */
const COUNTED = { full: 5_000, quick: 2_000 };
const COUNTS_LATE_MS = 1_100;
const CHILDREN = ["child's main isolate", "child's workers", "child's garbage collection"] as const;

/** The throughput of one node on a Postgres of its own machine, which waits for the disk at each commit. */
export const postgresScenario: Scenario = {
  name: "postgres",
  about: "trivial jobs end to end on a Postgres beside the node, and what a job costs both",
  async run({ scale, progress }: ScenarioOptions) {
    await using database = await testDatabase({ durable: true });
    progress(`${JOBS[scale]} jobs in a bare loop`);
    await measureBarePostgres(database.url, WARM_UP[scale]);
    const bare = { what: "batches of 500", value: await measureBarePostgres(database.url, JOBS[scale]) };
    progress(`${JOBS[scale]} jobs`);
    const figures = await withNode(database.url, async (node) => {
      await measureJobs(node.system, WARM_UP[scale]);
      return await measureNode(node, database, { jobs: JOBS[scale], bare });
    });
    const url = new URL(database.url);
    await using trips = await countRoundTrips({ hostname: url.hostname, port: Number(url.port) });
    url.port = String(trips.port);
    progress(`${COUNTED[scale]} jobs, counting round trips`);
    return [...figures, ...await withNode(url.href, (node) => countTrips(node, trips, COUNTED[scale]))];
  },
};

async function measureNode(
  { system, commits }: BenchNode,
  database: TestDatabase,
  { jobs, bare }: { jobs: number; bare: NonNullable<Figure["bare"]> },
): Promise<Figure[]> {
  const rows = await countRows(database);
  const before = { use: await useUpToNow(system, database), cpu: readStations(), rows, ...commits };
  const { finished: value } = await measureJobs(system, jobs);
  const cpu = readStations();
  const entries = (commits.entries - before.entries) / (commits.count - before.count);
  const use = await useUpToNow(system, database);
  const each = (of: keyof PostgresUse) => (use[of] - before.use[of]) / jobs;
  return [
    { name: "Postgres: jobs a second", unit: "1/s", value, bare, bound: { atLeast: 8_000 } },
    ...before.cpu === null ? [] : cpuFigures(perJob(before.cpu, cpu!, jobs)),
    { name: "Postgres: CPU a job, its connections", unit: "us", value: each("backendsUs") },
    { name: "Postgres: CPU a job, its other processes", unit: "us", value: each("othersUs") },
    { name: "Postgres: entries a commit", unit: "count", value: entries },
    { name: "Postgres: rows written a job", unit: "count", value: each("rowsWritten") },
    { name: "Postgres: rows kept a job", unit: "count", value: (await countRows(database) - before.rows) / jobs },
    { name: "Postgres: WAL a job", unit: "bytes", value: each("walBytes") },
  ];
}

/** With one job more, so that its connections hand in what they have counted. */
async function useUpToNow(system: System, database: TestDatabase): Promise<PostgresUse> {
  for (let jobs = 0; jobs < 2; jobs++) {
    await new Promise((resolve) => setTimeout(resolve, COUNTS_LATE_MS));
    await measureJobs(system, 1);
  }
  return await readPostgresUse(database);
}

function cpuFigures(stations: ReturnType<typeof perJob>): Figure[] {
  const of = (wanted: readonly string[]) =>
    [...stations].reduce((sum, [station, us]) => wanted.includes(station) ? sum + us : sum, 0);
  const all = of([...stations.keys()]);
  const [main, children] = [of(["main thread"]), of(CHILDREN)];
  return [
    { name: "Postgres: CPU a job, node's main thread", unit: "us", value: main },
    { name: "Postgres: CPU a job, node's other threads", unit: "us", value: all - main - children },
    { name: "Postgres: CPU a job, node's children", unit: "us", value: children },
  ];
}

async function countTrips(
  { system, commits }: BenchNode,
  trips: { readonly count: number },
  jobs: number,
): Promise<Figure[]> {
  const before = { trips: trips.count, commits: commits.count };
  await measureJobs(system, jobs);
  const count = trips.count - before.trips;
  return [
    { name: "Postgres: round trips a job", unit: "ratio", value: count / jobs },
    { name: "Postgres: round trips a commit", unit: "ratio", value: count / (commits.count - before.commits) },
  ];
}

async function withNode<R>(databaseUrl: string, use: (node: BenchNode) => Promise<R>): Promise<R> {
  const node = await openBenchNode({ databaseUrl });
  try {
    return await use(node);
  } finally {
    await node.stop();
  }
}
