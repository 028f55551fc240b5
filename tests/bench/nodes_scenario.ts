import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { measureRemoteLatency } from "./remote_latency.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { type BenchServer, spawnServer } from "./spawn_server.ts";
import { percentile } from "./statistics.ts";

const NODES = 3;
const ACTORS = 300;
const MESSAGES = { full: 60_000, quick: 6_000 };
const WARM_UP = { full: 15_000, quick: 3_000 };
const JOBS = { full: 300, quick: 50 };
const LOOK_EVERY_MS = 5;

/** Several nodes on one Postgres, all on this machine. */
export const nodesScenario: Scenario = {
  name: "nodes",
  about: "messages to 300 counters on one node and on three, and one job at a time where another node runs it",
  async run({ scale, progress }: ScenarioOptions) {
    progress(`${MESSAGES[scale]} messages on one node`);
    const [alone] = await measureMail({ nodes: 1, scale });
    progress(`${MESSAGES[scale]} messages on three nodes`);
    const [together, shares] = await measureMail({ nodes: NODES, scale });
    progress(`${JOBS[scale]} jobs, one at a time, on the node that takes them`);
    const same = await measureRemoteLatency(["all"], JOBS[scale]);
    progress(`${JOBS[scale]} jobs, one at a time, on another node`);
    const other = await measureRemoteLatency(["http", "worker"], JOBS[scale]);
    return [
      { name: "Postgres: messages to actors a second, one node", unit: "1/s", value: alone },
      {
        ...{ name: "Postgres: messages to actors a second, three nodes", unit: "1/s", value: together },
        ...{ bare: { what: "one node", value: alone }, bound: { ofBare: 0.8 } },
      },
      ...shares.map((value, index): Figure => ({
        name: `Postgres: share of node ${index + 1} of three`,
        unit: "ratio",
        value,
      })),
      ...latencyFigures("same node", same, 10),
      ...latencyFigures("other node", other, 20),
    ];
  },
};

function latencyFigures(where: string, ms: readonly number[], atMost: number): Figure[] {
  const name = `Postgres: idle, submit to succeeded, ${where}`;
  return [
    { name: `${name}, p50`, unit: "ms", value: percentile(ms, 0.5), bound: { atMost } },
    { name: `${name}, p99`, unit: "ms", value: percentile(ms, 0.99) },
  ];
}

/** Messages a second, and which share of them each node has handled; each node sends as many as the others. */
async function measureMail(
  { nodes, scale }: { nodes: number; scale: ScenarioOptions["scale"] },
): Promise<[number, number[]]> {
  await using database = await testDatabase({ durable: true });
  const servers = await spawnServers(database, nodes);
  try {
    await handle(servers, WARM_UP[scale]);
    const before = await turnsOf(servers);
    const begunAt = performance.now();
    await handle(servers, MESSAGES[scale]);
    const perSecond = MESSAGES[scale] / (performance.now() - begunAt) * 1_000;
    const turns = await turnsOf(servers);
    return [perSecond, turns.map((count, index) => (count - before[index]!) / MESSAGES[scale])];
  } finally {
    await Promise.all(servers.map((server) => server.kill()));
  }
}

/** One after the other, as all of them at once take longer to compile what they run. */
async function spawnServers(database: TestDatabase, count: number): Promise<BenchServer[]> {
  const servers: BenchServer[] = [];
  for (let number = 1; number <= count; number++) servers.push(await spawnServer(database.url, `n${number}`));
  return servers;
}

/** Until as many more have been handled as were sent. */
async function handle(servers: readonly BenchServer[], messages: number): Promise<void> {
  const total = sum(await turnsOf(servers)) + messages;
  const share = messages / servers.length;
  await Promise.all(servers.map((server) => server.ask({ task: "mail", actors: ACTORS, messages: share })));
  while (sum(await turnsOf(servers)) < total) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

function turnsOf(servers: readonly BenchServer[]): Promise<number[]> {
  return Promise.all(servers.map(async (server) => (await server.ask({ task: "turns" })).turns!));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
