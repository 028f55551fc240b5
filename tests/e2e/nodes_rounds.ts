import type { Random } from "../../runtime/core/random.ts";
import { testDatabase } from "../support/postgres.ts";
import { openNodes } from "./kept_nodes.ts";
import { openAudience } from "./nodes_audience.ts";
import { type Fault, killNode, pauseNode, resetConnections, restartPostgres, type Scene } from "./nodes_faults.ts";
import { readFacts, watchCommits } from "./nodes_facts.ts";
import { type Audience, judgeNodes } from "./nodes_judge.ts";
import { createNodesOracle, submitToNodes, TENANTS } from "./nodes_load.ts";
import { between, type Campaign, type Course, Findings, pause, quantile, type Result } from "./torture_campaign.ts";
import { judgeHookPayloads, openSink } from "./torture_hooks.ts";

export interface NodesSize {
  readonly nodes?: number;
  readonly readers?: number;
  readonly clients?: number;
  /** From one fault to the next at most. */
  readonly quietMs?: number;
  /** The load goes on until so many are acknowledged, however slow the machine is. */
  readonly jobs?: number;
  /** What is asked of nodes at a lease of 3 s; more where the machine has other things to do beside. */
  readonly withinMs?: number;
}

const LEASE_MS = 3_000;
const CLIENT_PAUSE_MS = 40;
const SETTLED_WITHIN_MS = 60_000;

/**
 * Nodes that share a Postgres, under load and with readers, while in each round one is killed, one is stopped beyond its
 * lease and one loses its connections, and in two rounds out of five Postgres is restarted; in an order that chance decides.
 */
export function nodesRounds(
  { nodes = 3, readers = 100, clients = 6, quietMs = 1_000, jobs = 0, withinMs = 5_000 }: NodesSize = {},
): Campaign {
  return {
    name: "nodes",
    shows: "nodes that die, sleep, and lose their database neither lose nor double anything, and readers see all of it",
    rounds: 50,
    run: (course) => run(course, { nodes, readers, clients, quietMs, jobs, withinMs }),
  };
}

async function run({ rounds, random, tell }: Course, size: Required<NodesSize>): Promise<Result> {
  const findings = new Findings();
  const oracle = createNodesOracle();
  await using sink = openSink();
  await using database = await testDatabase({ durable: true });
  await using kept = await openNodes({ count: size.nodes, databaseUrl: database.url, leaseMs: LEASE_MS, random });
  await watchCommits(database.query);
  const scene: Scene = {
    ...{ database, kept, random, findings, leaseMs: LEASE_MS, withinMs: size.withinMs },
    ...{ resumedAfterMs: [], healedAfterMs: [] },
  };
  const [loadOver, readingOver] = [new AbortController(), new AbortController()];
  const audiences = TENANTS.map((tenant) =>
    openAudience(kept, { tenant, readers: size.readers / TENANTS.length, random, until: readingOver.signal })
  );
  const load = submitToNodes(kept, oracle, {
    ...{ clients: size.clients, pauseMs: CLIENT_PAUSE_MS },
    ...{ until: loadOver.signal, random, hook: sink.url },
  });
  try {
    for (let round = 0; round < rounds; round++) {
      const told: string[] = [];
      for (const fault of faultsOf(round, random)) {
        await kept.ready();
        await pause(between(random, 0, size.quietMs));
        told.push(await fault(scene));
      }
      tell([...told, `${oracle.ackedJobs.size} jobs acknowledged`].join("; "));
    }
    await kept.ready();
    while (oracle.ackedJobs.size < size.jobs) await pause(CLIENT_PAUSE_MS);
    loadOver.abort();
    await load;
    await settled(scene, audiences);
  } finally {
    loadOver.abort();
    readingOver.abort();
    await Promise.allSettled([load, ...audiences.map(({ over }) => over)]);
  }
  const codes = await kept.stop();
  findings.expectAll("a node that is stopped exits with 0", codes, (code) => code === 0);
  const facts = await readFacts(database.query);
  judgeNodes(facts, oracle, audiences, findings);
  const hookRepeats = judgeHookPayloads(facts.hookPayloads, sink, findings);
  return {
    findings: findings.all,
    figures: { ...figuresOf(scene, audiences), jobs: oracle.ackedJobs.size, hookRepeats },
  };
}

/** Of five rounds, two have a restart: the first and the fourth. */
function faultsOf(round: number, random: Random): Fault[] {
  const restarts = round % 5 === 0 || round % 5 === 3;
  const faults = [
    killNode,
    pauseNode({ whole: round % 2 === 0 }),
    resetConnections,
    ...restarts ? [restartPostgres({ inOrder: round % 5 === 3 })] : [],
  ];
  return faults.map((fault) => ({ fault, place: random.next() })).toSorted((one, other) => one.place - other.place)
    .map(({ fault }) => fault);
}

/** Until nothing is unhandled and every reader has the end. */
async function settled({ database }: Scene, audiences: readonly Audience[]): Promise<void> {
  const begunAt = performance.now();
  for (;;) {
    const [mail] = await database.query<{ pending: number }>("select count(*) as pending from messages");
    const tenants = await database.query<{ tenant: string; last: number }>(
      "select tenant, last_event as last from tenants",
    );
    const behind = audiences.flatMap(({ tenant, logs }) => {
      const last = tenants.find((each) => each.tenant === tenant)?.last ?? 0;
      return logs.filter(({ ids }) => (ids.at(-1) ?? 0) < last);
    });
    if (mail!.pending === 0 && behind.length === 0) return;
    // What is left then is what the judge finds.
    if (performance.now() - begunAt > SETTLED_WITHIN_MS) return;
    await pause(100);
  }
}

function figuresOf(
  { kept, resumedAfterMs, healedAfterMs }: Scene,
  audiences: readonly Audience[],
): Record<string, number> {
  return {
    slowestReadyMs: kept.slowestReadyMs,
    resumedP50Ms: quantile(resumedAfterMs, 0.5),
    resumedMaxMs: quantile(resumedAfterMs, 1),
    healedMaxMs: quantile(healedAfterMs, 1),
    lives: kept.nodes.reduce((sum, { ended }) => sum + ended + 1, 0),
    moves: audiences.flatMap(({ logs }) => logs).reduce((sum, { cuts }) => sum + cuts, 0),
    events: audiences.reduce((sum, { told }) => sum + told.size, 0),
  };
}
