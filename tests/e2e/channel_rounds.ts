import { startServer } from "../support/running_server.ts";
import { type ReaderLog, readEvents } from "./event_reader.ts";
import { judgeReaders } from "./reader_judge.ts";
import { readSocketEvents } from "./socket_events.ts";
import { between, type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

export interface ChannelSize {
  /** By WebSocket, and as many by event stream. */
  readonly readers?: number;
  /** In a round; each job has two. */
  readonly events?: number;
  /** How long a reader stays, at most. */
  readonly longestMs?: number;
}

const JOBS_AT_ONCE = 100;

/** The same events are read over WebSockets and event streams, by readers who come and go at random. */
export function channelRounds(
  { readers = 1_000, events = 2_000, longestMs = 20_000 }: ChannelSize = {},
): Campaign {
  return {
    name: "channels",
    shows: "readers by WebSocket and by event stream see the same events in the same order, each once [S4-56]",
    rounds: 5,
    run: (course) => run(course, { readers, events, longestMs }),
  };
}

async function run({ rounds, random, tell }: Course, size: Required<ChannelSize>): Promise<Result> {
  const { readers, events, longestMs } = size;
  await using server = await startServer({
    env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info", MAX_STREAMS: String(4 * readers) },
  });
  const over = new AbortController();
  const logs: ReaderLog[] = Array.from({ length: 2 * readers }, () => ({ ids: [], gaps: 0, cuts: 0 }));
  /** By number, what the first reader of it was told; and how many were told otherwise. */
  const told: (string | undefined)[] = [];
  const differing: number[] = [];
  const onEvent = (number: number, data: string) => {
    const { type, subject, at, data: more } = JSON.parse(data);
    const text = JSON.stringify([type, subject, at, more]);
    if ((told[number] ??= text) !== text) differing.push(number);
  };
  const reading = logs.map((log, index) => {
    const reads = index % 2 === 0 ? readSocketEvents : readEvents;
    // Whole events are compared of a few: the load is to be the server's, not this process's.
    const compares = index < 20 ? { onEvent } : {};
    return reads(server, log, { cutAfterMs: () => between(random, 500, longestMs), until: over.signal, ...compares });
  });
  const seen = () => logs.reduce((sum, { ids }) => sum + ids.length, 0);
  for (let round = 1; round <= rounds; round++) {
    for (let jobs = 0; jobs < events / 2; jobs += JOBS_AT_ONCE) await submit(server.url);
    tell(`${seen()} events seen`);
  }
  const findings = new Findings();
  const last = await caughtUp(server, seen, logs.length);
  over.abort();
  await Promise.all(reading);
  await server.stop();
  judgeReaders(logs, last, findings);
  findings.expect("all are told the same of an event", differing.length === 0, () => `${differing.slice(0, 5)}`);
  const cuts = logs.reduce((sum, log) => sum + log.cuts, 0);
  return { findings: findings.all, figures: { readers: logs.length, events: last.events, cuts, deliveries: seen() } };
}

async function submit(url: string): Promise<void> {
  const jobs = Array.from({ length: JOBS_AT_ONCE }, (_, index) => ({ type: "trivial", payload: { text: `${index}` } }));
  const response = await fetch(`${url}/api/jobs/batch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jobs }),
  });
  await response.body?.cancel();
}

/** Until nothing is pending and each reader has seen the log, or nobody sees anything new for 30 s. */
async function caughtUp(
  server: { readonly url: string; readonly dataDir: string },
  seen: () => number,
  readers: number,
): Promise<{ last: number; events: number }> {
  let before = -1;
  for (let still = 0; still < 300;) {
    await pause(100);
    const { pending } = await (await fetch(`${server.url}/health`)).json();
    const log = logOf(server);
    if (pending === 0 && seen() === readers * log.events) return log;
    still = seen() === before ? still + 1 : 0;
    before = seen();
  }
  return logOf(server);
}

function logOf(server: { readonly dataDir: string }): { last: number; events: number } {
  using db = openFile(server);
  const { last, many } = db.prepare("select max(number) as last, count(*) as many from events where tenant = 'demo'")
    .get()!;
  return { last: Number(last), events: Number(many) };
}
