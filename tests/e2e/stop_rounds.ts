import { before } from "../support/deadline.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { isAlive } from "../support/processes_alive.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { followStream, probeReadiness } from "./stop_probes.ts";
import { between, type Campaign, type Course, Findings, pause, quantile, type Result } from "./torture_campaign.ts";
import { judgeHooks, openSink, SINK_ENV } from "./torture_hooks.ts";
import { createOracle, judge, mixed, settled, submitLoad } from "./torture_load.ts";

export interface StopSize {
  readonly clients?: number;
  /** How long a life lasts at most. */
  readonly lifeMs?: number;
}

/** Shorter than the longest job, so that some are handed back. */
const GRACE_MS = 1_000;
const LONGEST_JOB_MS = 2_000;
const STOP_WITHIN_MS = 15_000;
/** From the signal to the last answer that says ready. */
const READY_FOR_MS = 100;
/** What the processes of a server that has ended may take to be gone, too. */
const GONE_WITHIN_MS = 1_000;
const STREAMS = 5;

/** Ends the server under load as a service manager does, and as a person in the terminal of `deno task start` does. */
export function stopRounds({ clients = 6, lifeMs = 1_500 }: StopSize = {}): Campaign {
  return {
    name: "stops",
    shows: "a server that is asked to stop under load does so soon and cleanly, and no job loses an attempt by it",
    rounds: 70,
    async run(course) {
      const findings = new Findings();
      const ctrlC = Math.ceil(course.rounds * 2 / 7);
      const stops = [
        ...await stopAgainAndAgain({ ...course, rounds: course.rounds - ctrlC }, { clients, lifeMs, findings }),
        ...await stopAgainAndAgain({ ...course, rounds: ctrlC }, { clients, lifeMs, findings, inTerminal: true }),
      ];
      return { findings: findings.all, figures: figuresOf(stops) };
    },
  };
}

interface Stop {
  /** From the signal on. */
  readonly readyForMs: number;
  readonly stopMs: number;
  /** Of the life after. */
  readonly startMs: number;
}

/** `inTerminal`: Ctrl-C, by which the whole group of `deno task start` gets SIGINT; otherwise SIGTERM to the server. */
async function stopAgainAndAgain(
  { rounds, random, tell }: Course,
  { clients, lifeMs, findings, inTerminal = false }: Required<StopSize> & { findings: Findings; inTerminal?: boolean },
): Promise<readonly Stop[]> {
  await using sink = openSink();
  await using server = await startServer({
    entry: inTerminal ? "task" : "main.ts",
    env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info", STOP_GRACE_MS: `${GRACE_MS}`, ...SINK_ENV },
  });
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, {
    clients,
    until: over.signal,

    pauseMs: 5,
    job: mixed(random, { share: 0.05, longestMs: LONGEST_JOB_MS, hook: sink.url }),
  });
  const stops: Stop[] = [];
  for (let round = 0; round < rounds; round++) {
    const lasting = pause(between(random, 100, lifeMs));
    const stop = await stopOnce(server, lasting, { signal: inTerminal ? "SIGINT" : "SIGTERM", findings });
    const begunAt = performance.now();
    await server.restart();
    const startMs = performance.now() - begunAt;
    stops.push({ ...stop, startMs });
    const how = inTerminal ? "Ctrl-C" : "SIGTERM";
    tell(`${how}: ready for ${Math.round(stop.readyForMs)} ms, gone after ${Math.round(stop.stopMs)} ms`);
  }
  over.abort();
  await load;
  await settled(server);
  await server.stop();
  judge(server, oracle, { findings });
  judgeHooks(server, sink, findings);
  return stops;
}

/** The life that `lasting` ends. */
async function stopOnce(
  server: RunningServer,
  lasting: Promise<void>,
  { signal, findings }: { signal: Deno.Signal; findings: Findings },
): Promise<Omit<Stop, "startMs">> {
  const streams = await Promise.all(Array.from({ length: STREAMS }, () => followStream(server.url)));
  const probe = probeReadiness(server.url);
  await lasting;
  const processes = [server.pid, ...descendantsOf(server.pid)];
  const signalledAt = performance.now();
  server.signal(signal);
  const code = await before(server.exited, STOP_WITHIN_MS, () => new Error()).catch(() => null);
  const stopMs = performance.now() - signalledAt;
  if (code === null) await server.kill();
  await probe.end();

  const readyForMs = Math.max(0, probe.lastReadyAt - signalledAt);
  findings.expect("it ends in time, with exit code 0", code === 0, () => `${signal}: ${code ?? "not in time"}`);
  findings.expect("readiness goes off at once", readyForMs <= READY_FOR_MS, () => `after ${readyForMs} ms`);
  findings.expectAll("it says that it is stopping", probe.said, (status) => status === "stopping");
  const told = await Promise.all(streams.map(({ toldToRetry }) => toldToRetry));
  findings.expectAll("a stream ends with the wish that its reader comes back", told, (isTold) => isTold);
  const left = await leftOf(processes);
  findings.expect("no process is left behind", left.length === 0, () => left.join(", "));
  return { readyForMs, stopMs };
}

async function leftOf(processes: readonly number[]): Promise<readonly number[]> {
  for (let waitedMs = 0; waitedMs < GONE_WITHIN_MS; waitedMs += 20) {
    if (!processes.some(isAlive)) return [];
    await pause(20);
  }
  return processes.filter(isAlive);
}

function figuresOf(stops: readonly Stop[]): Result["figures"] {
  const stopMs = stops.map((stop) => stop.stopMs);
  return {
    slowestReadyMs: quantile(stops.map(({ startMs }) => startMs), 1),
    stopP50Ms: quantile(stopMs, 0.5),
    slowestStopMs: quantile(stopMs, 1),
    longestReadyMs: quantile(stops.map(({ readyForMs }) => readyForMs), 1),
  };
}
