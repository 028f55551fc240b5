import { apiOf } from "../support/api.ts";
import { isAlive } from "../support/processes_alive.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { type Campaign, Findings, pause, quantile } from "./torture_campaign.ts";
import { createOracle, judge, openFile, settled, submitLoad } from "./torture_load.ts";

/** Where a handler can take the server itself down, and how it does. */
export const FATAL = [
  { how: "exit", env: { ACTOR_ISOLATION: "inline" } },
  { how: "heap", env: { ACTOR_ISOLATION: "worker", DENO_V8_FLAGS: "--max-old-space-size=96" } },
] as const;

/** Three unclean starts until it is careful, one beside others, ten alone, and some that die before they mark. */
const MOST_STARTS = 20;

/** A message that kills the server itself, which something restarts each time. */
export function carefulRounds(
  { fatal = FATAL }: { readonly fatal?: readonly (typeof FATAL)[number][] } = {},
): Campaign {
  return {
    name: "careful",
    shows: "a message that kills the server itself is found within a few restarts, and all other work is done",
    rounds: 6,
    async run(course) {
      const findings = new Findings();
      const starts: number[] = [];
      for (let round = 1; round <= course.rounds; round++) {
        const { how, env } = fatal[round % fatal.length]!;
        starts.push(await surviveIt({ how, env }, findings));
        course.tell(`${how}: found after ${starts.at(-1)} starts`);
      }
      return { findings: findings.all, figures: { mostStarts: quantile(starts, 1) } };
    },
  };
}

/** Answers how many starts it took. */
async function surviveIt(
  { how, env }: { how: string; env: Record<string, string> },
  findings: Findings,
): Promise<number> {
  await using server = await startServer({ env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info", ...env } });
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, { clients: 2, until: over.signal, pauseMs: 20 });
  // Late enough for its own acknowledgement to leave the server.
  const { id } = await apiOf(server).submit({ type: "culprit", payload: { how }, maxAttempts: 10, delayMs: 500 });
  const starts = await keepAlive(server, () => statusOf(server, id) === "failed");
  findings.expect("it is found and given up in a few starts", starts <= MOST_STARTS, () => `${how}: ${starts} starts`);
  over.abort();
  if (starts > MOST_STARTS) return await load.then(() => starts, () => starts);
  await load;
  await settled(server);
  await server.stop();
  judge(server, oracle, { findings });
  return starts;
}

/** Starts the server whenever it has died, until that is enough; answers how many starts there were. */
async function keepAlive(server: RunningServer, isOver: () => boolean): Promise<number> {
  let starts = 1;
  for (; !isOver() && starts <= MOST_STARTS; await pause(50)) {
    if (isAlive(server.pid)) continue;
    starts++;
    // It may die again before it is ready.
    await server.restart().catch(() => {});
  }
  return starts;
}

function statusOf(server: RunningServer, id: string): string {
  using db = openFile(server);
  return String(db.prepare("select status from jobs where id = ?").get(id)?.["status"]);
}
