import { startServer } from "../support/running_server.ts";
import { type ReaderLog, readEvents } from "./event_reader.ts";
import { judgeReaders } from "./reader_judge.ts";
import { type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { createOracle, openFile, submitLoad } from "./torture_load.ts";

export interface ReaderSize {
  readonly readers?: number;
  /** From one kill to the next. */
  readonly roundMs?: number;
}

/** Readers that are cut off about every second follow the stream while jobs run and the server is killed. */
export function readerRounds({ readers = 200, roundMs = 10_000 }: ReaderSize = {}): Campaign {
  return {
    name: "readers",
    shows: "readers who are cut off see every event once and in order, also when the server is killed",
    rounds: 6,
    run: (course) => run(course, { readers, roundMs }),
  };
}

async function run({ rounds, random, tell }: Course, { readers, roundMs }: Required<ReaderSize>): Promise<Result> {
  await using server = await startServer({ env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" } });
  const loadOver = new AbortController();
  const readingOver = new AbortController();
  const load = submitLoad(server, createOracle(), { clients: 1, until: loadOver.signal });
  const logs: ReaderLog[] = Array.from({ length: readers }, () => ({ ids: [], gaps: 0, cuts: 0 }));
  const cutAfterMs = () => random.next() * 2_000;
  const reading = logs.map((each) => readEvents(server, each, { cutAfterMs, until: readingOver.signal }));
  let slowestReadyMs = 0;
  for (let round = 1; round <= rounds; round++) {
    await pause(roundMs);
    await server.kill();
    const begunAt = performance.now();
    await server.restart();
    slowestReadyMs = Math.max(slowestReadyMs, Math.round(performance.now() - begunAt));
    tell(`${logs.reduce((sum, each) => sum + each.ids.length, 0)} deliveries`);
  }
  await pause(roundMs);
  loadOver.abort();
  await load;
  await caughtUp(server.url, logs);
  readingOver.abort();
  await Promise.all(reading);
  await server.stop();
  const { findings, events } = compare(server, logs);
  const cuts = logs.reduce((sum, log) => sum + log.cuts, 0);
  return { findings: findings.all, figures: { slowestReadyMs, readers, cuts, events } };
}

/** Until nothing is pending and every reader has had the time of a few cuts to read the end. */
async function caughtUp(url: string, logs: readonly ReaderLog[]): Promise<void> {
  for (let quiet = 0; quiet < 30; quiet++) {
    const before = logs.reduce((sum, log) => sum + log.ids.length, 0);
    await pause(100);
    const { pending } = await (await fetch(`${url}/health`)).json();
    if (pending > 0 || before !== logs.reduce((sum, log) => sum + log.ids.length, 0)) quiet = 0;
  }
}

/** Each reader must have seen the table from its first number to its last. */
function compare(
  server: { readonly dataDir: string },
  logs: readonly ReaderLog[],
): { findings: Findings; events: number } {
  using db = openFile(server);
  const count = db.prepare("select max(number) as last, count(*) as many from events where tenant = 'demo'").get()!;
  const [last, events] = [Number(count["last"]), Number(count["many"])];
  const findings = new Findings();
  judgeReaders(logs, { last, events }, findings);
  return { findings, events };
}
