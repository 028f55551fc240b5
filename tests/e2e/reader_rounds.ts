import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { startServer } from "../support/running_server.ts";
import { type ReaderLog, readEvents } from "./event_reader.ts";
import { createOracle, submitLoad } from "./kill_load.ts";

/** What the readers saw against the event table; `gaps`, `duplicates`, `disorder`, `unread` and `told` must be 0. */
export interface ReaderReport {
  readonly readers: number;
  readonly events: number;
  readonly cuts: number;
  readonly kills: number;
  readonly deliveries: number;
  readonly gaps: number;
  readonly duplicates: number;
  readonly disorder: number;
  /** Readers that do not have the last event. */
  readonly unread: number;
  /** `gap` events, of which there is no cause. */
  readonly told: number;
}

export interface ReaderOptions {
  readonly readers: number;
  readonly seconds: number;
  readonly kills: number;
  readonly log?: (line: string) => void;
}

/** Readers that are cut off about every second follow the stream while jobs run and the server is killed. */
export async function readerRounds({ readers, seconds, kills, log = () => {} }: ReaderOptions): Promise<ReaderReport> {
  await using server = await startServer({ env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" } });
  const oracle = createOracle();
  const loadOver = new AbortController();
  const readingOver = new AbortController();
  const load = submitLoad(server, oracle, { client: 0, until: loadOver.signal, counters: 3 });
  const logs: ReaderLog[] = Array.from({ length: readers }, () => ({ ids: [], gaps: 0, cuts: 0 }));
  const reading = logs.map((each) => readEvents(server, each, { cutEveryMs: 1_000, until: readingOver.signal }));
  for (let kill = 1; kill <= kills; kill++) {
    await pause(seconds * 1_000 / (kills + 1));
    await server.kill();
    await server.restart();
    log(`kill ${kill}/${kills}: ${logs.reduce((sum, each) => sum + each.ids.length, 0)} deliveries`);
  }
  await pause(seconds * 1_000 / (kills + 1));
  loadOver.abort();
  await load;
  await caughtUp(server.url, logs);
  readingOver.abort();
  await Promise.all(reading);
  await server.stop();
  return { readers, kills, ...compare(join(server.dataDir, "mailroom.db"), logs) };
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

function compare(path: string, logs: readonly ReaderLog[]): Omit<ReaderReport, "readers" | "kills"> {
  using db = new DatabaseSync(path, { readOnly: true });
  const last = Number(db.prepare("select max(number) as last from events where tenant = 'demo'").get()?.["last"]);
  const events = Number(db.prepare("select count(*) as many from events where tenant = 'demo'").get()?.["many"]);
  let [gaps, duplicates, disorder] = [events === last ? 0 : 1, 0, 0];
  for (const { ids } of logs) {
    ids.forEach((id, index) => {
      const before = ids[index - 1] ?? 0;
      if (id === before) duplicates++;
      else if (id < before) disorder++;
      else if (id > before + 1) gaps++;
    });
  }
  const sum = (count: (log: ReaderLog) => number) => logs.reduce((total, log) => total + count(log), 0);
  return {
    events,
    cuts: sum((log) => log.cuts),
    deliveries: sum((log) => log.ids.length),
    gaps,
    duplicates,
    disorder,
    unread: sum((log) => log.ids.at(-1) === last ? 0 : 1),
    told: sum((log) => log.gaps),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  const [readers = 200, seconds = 60, kills = 5] = Deno.args.map(Number);
  // deno-lint-ignore no-console -- a command that reports to a person
  const report = await readerRounds({ readers, seconds, kills, log: console.error });
  // deno-lint-ignore no-console -- as above
  console.log(JSON.stringify(report, null, 2));
}
