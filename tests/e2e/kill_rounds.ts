import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { createOracle, type Oracle, submitLoad } from "./kill_load.ts";

/** What the rounds found; every count but the first four must be 0. */
export interface KillReport {
  readonly rounds: number;
  readonly ackedJobs: number;
  readonly ackedAdds: number;
  readonly slowestReadyMs: number;
  readonly lost: number;
  readonly unfinished: number;
  readonly succeededTwice: number;
  readonly wrongCounters: number;
  readonly secondIds: number;
  readonly integrity: string;
}

export interface KillOptions {
  readonly rounds: number;
  readonly clients?: number;
  /** How long a life lasts at most, in ms. */
  readonly lifeMs?: number;
  readonly log?: (line: string) => void;
}

const COUNTERS = 5;

/**
 * Kills the real server with SIGKILL under load, again and again: at a random moment, right after an acknowledgement,
 * while it starts. Then lets it finish its work and compares the file with what the clients saw.
 */
export async function killRounds(
  { rounds, clients = 8, lifeMs = 1_500, log = () => {} }: KillOptions,
): Promise<KillReport> {
  await using server = await startServer({ env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" } });
  const oracle = createOracle();
  const over = new AbortController();
  const load = Array.from(
    { length: clients },
    (_, client) => submitLoad(server, oracle, { client, until: over.signal, counters: COUNTERS }),
  );
  let slowestReadyMs = 0;
  for (let round = 1; round <= rounds; round++) {
    await lifeOf(oracle, round, lifeMs);
    await server.kill();
    const begunAt = performance.now();
    if (round % 5 === 0) await killWhileStarting(server);
    await server.restart();
    slowestReadyMs = Math.max(slowestReadyMs, performance.now() - begunAt);
    log(`round ${round}/${rounds}: ${oracle.ackedJobs.size} jobs acknowledged`);
  }
  over.abort();
  await Promise.all(load);
  await settled(server);
  await server.stop();
  return {
    rounds,
    slowestReadyMs: Math.round(slowestReadyMs),
    ...compare(join(server.dataDir, "mailroom.db"), oracle),
  };
}

/** Two rounds in three end at a random moment, the third right after an acknowledgement. */
async function lifeOf(oracle: Oracle, round: number, lifeMs: number): Promise<void> {
  await pause(Math.random() * lifeMs);
  if (round % 3 !== 0) return;
  const acked = oracle.ackedJobs.size;
  while (oracle.ackedJobs.size === acked) await pause(1);
}

async function killWhileStarting(server: RunningServer): Promise<void> {
  const starting = server.restart().catch(() => {});
  await pause(50 + Math.random() * 400);
  await server.kill();
  await starting;
}

export async function settled(server: RunningServer): Promise<void> {
  for (;;) {
    const { pending } = await (await fetch(`${server.url}/health`)).json();
    if (pending === 0) return;
    await pause(50);
  }
}

export function compare(path: string, oracle: Oracle): Omit<KillReport, "rounds" | "slowestReadyMs"> {
  using db = new DatabaseSync(path, { readOnly: true });
  const status = new Map(
    db.prepare("select id, status from jobs").all().map((row) => [String(row["id"]), String(row["status"])]),
  );
  const acked = [...oracle.ackedJobs];
  const twice = db.prepare(
    "select count(*) as many from (select subject from events where type = 'job.succeeded' group by subject having count(*) > 1)",
  ).get();
  const counts = new Map(
    db.prepare("select key, state from actors where kind = 'counter'").all()
      .map((row) => [String(row["key"]), JSON.parse(String(row["state"])).count as number]),
  );
  return {
    ackedJobs: acked.length,
    ackedAdds: [...oracle.ackedAdds.values()].reduce((sum, adds) => sum + adds, 0),
    lost: acked.filter((id) => !status.has(id)).length,
    unfinished: [...status.values()].filter((found) => found !== "succeeded").length,
    succeededTwice: Number(twice?.["many"]),
    wrongCounters: [...oracle.ackedAdds].filter(([counter, adds]) => counts.get(counter) !== adds).length,
    secondIds: oracle.secondIds,
    integrity: String(db.prepare("pragma integrity_check").get()?.["integrity_check"]),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 20);
  // deno-lint-ignore no-console -- a command that reports to a person
  console.log(JSON.stringify(await killRounds({ rounds, log: console.error }), null, 2));
}
