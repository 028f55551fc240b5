import type { FaultProfile } from "../../actors/parcel_stream/simulator/contract.ts";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import type { Random } from "../../runtime/core/random.ts";
import { apiOf } from "../support/api.ts";
import { createStream, STREAM_ENV } from "../support/parcel_streams.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import {
  checkpointOf,
  type Followed,
  judgeEarly,
  judgeFinished,
  judgeKilled,
  waitingMail,
  writtenWait,
} from "./parcel_judge.ts";
import { between, type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

export interface ParcelSize {
  readonly events?: number;
  readonly parcels?: number;
  /** In each round. */
  readonly kills?: number;
  /** How long a life lasts at most from where the streams move. */
  readonly lifeMs?: number;
  /** What a limited answer asks to wait. */
  readonly retryAfterSeconds?: number;
}

/** About one page in six does not come, and one in eight is not what was asked for. */
const FAULTS: FaultProfile = {
  serverError: 40,
  limited: 8,
  hang: 6,
  reset: 30,
  truncated: 40,
  html: 30,
  duplicates: 60,
  repeated: 40,
  empty: 30,
};
const HANG_MS = 1_500;
const PAGE_LIMITS = [50, 100, 200];
const POLL_INTERVAL_MS = 200;
/** The writing down of a wait is met before, while and after it happens. */
const SOON_MS = 300;
const PATIENCE_MS = 120_000;

/**
 * Two streams at a time, one of them with consumers, follow sources that do what sources do, while the server is killed:
 * somewhere among pages, when it was asked to wait, while it starts.
 */
export function parcelRounds(
  { events = 8_000, parcels = 400, kills = 5, lifeMs = 1_200, retryAfterSeconds = 3 }: ParcelSize = {},
): Campaign {
  return {
    name: "parcels",
    shows: "a stream's parcels are what its source says, whatever the source does and whenever the server is killed",
    rounds: 20,
    run: (course) => run(course, { events, parcels, kills, lifeMs, retryAfterSeconds }),
  };
}

async function run({ rounds, random, tell }: Course, size: Required<ParcelSize>): Promise<Result> {
  const findings = new Findings();
  const figures = { slowestReadyMs: 0, calls: 0, faults: 0, waits: 0, waitsNotWritten: 0, earlyAfterKill: 0 };
  await using server = await startServer({ env: { ...STREAM_ENV, LOG_LEVEL: "info", EVENTS_KEPT: "100000000" } });
  for (let round = 1; round <= rounds; round++) {
    const seed = Math.floor(random.next() * 2 ** 31);
    const begunAt = performance.now();
    await using sources = new AsyncDisposableStack();
    const streams = await Promise.all([0, 4].map(async (consumers): Promise<Followed> => {
      const source = sources.use(
        await openScanSimulator({
          ...{ seed, events: size.events, parcels: size.parcels, faults: FAULTS },
          released: slice(size),
          hangMs: HANG_MS,
          retryAfterSeconds: size.retryAfterSeconds,
        }),
      );
      const stream = `${consumers === 0 ? "plain" : "shared"}-${round}`;
      const limit = PAGE_LIMITS[Math.floor(random.next() * PAGE_LIMITS.length)]!;
      const declared = { name: stream, baseUrl: source.url, limit, pollIntervalMs: POLL_INTERVAL_MS, consumers };
      await createStream(apiOf(server), declared);
      return { tenant: "demo", stream, consumers, source, kills: [] };
    }));
    for (let kill = 1; kill <= size.kills; kill++) {
      const readyMs = await killOnce(server, streams, { kill, random, findings, size });
      figures.slowestReadyMs = Math.max(figures.slowestReadyMs, readyMs);
    }
    for (const { source } of streams) source.release();
    await untilRead(server, streams);
    {
      using db = openFile(server);
      for (const followed of streams) judgeFinished(db, followed, findings);
    }
    for (const followed of streams) {
      const { requests } = followed.source;
      const early = judgeEarly(followed, findings);
      figures.earlyAfterKill += early.length;
      figures.waitsNotWritten += new Set(early.map(({ askedAt }) => askedAt)).size;
      figures.calls += requests.length;
      figures.faults += requests.filter(({ fault }) => fault !== null).length;
      figures.waits += requests.filter(({ fault }) => fault === "limited").length;
    }
    await removeStreams(server, streams, findings);
    tell(`seed ${seed}, ${size.kills} kills, ${Math.round(performance.now() - begunAt)} ms`);
  }
  await server.stop();
  using db = openFile(server);
  const integrity = String(db.prepare("pragma integrity_check").get()?.["integrity_check"]);
  findings.expect("the file is whole", integrity === "ok", () => integrity);
  return { findings: findings.all, figures };
}

interface Killing {
  readonly kill: number;
  readonly random: Random;
  readonly findings: Findings;
  readonly size: Required<ParcelSize>;
}

/** Answers how long the server took until it was ready again. */
async function killOnce(
  server: RunningServer,
  streams: readonly Followed[],
  { kill, random, findings, size }: Killing,
): Promise<number> {
  await untilMoving(streams);
  if (kill % 5 === 2) {
    // Asked to wait, it is killed when it may or may not have written that down.
    await Promise.all(streams.map(({ source }) => untilAskedToWait(source)));
    await pause(SOON_MS * random.next() ** 3);
  } else {
    await pause(between(random, 0, size.lifeMs));
  }
  await killAndNote(server, streams);
  judgeAll(server, streams, findings);
  if (kill % 5 === 4) {
    const starting = server.restart().catch(() => {});
    await pause(between(random, 50, 1_500));
    await killAndNote(server, streams);
    await starting;
    judgeAll(server, streams, findings);
  }
  for (const { source } of streams) source.release(slice(size));
  const begunAt = performance.now();
  await server.restart();
  return Math.round(performance.now() - begunAt);
}

async function killAndNote(server: RunningServer, streams: readonly Followed[]): Promise<void> {
  await server.kill();
  using db = openFile(server);
  for (const followed of streams) followed.kills.push({ at: Date.now(), waitUntil: writtenWait(db, followed) });
}

function judgeAll(server: RunningServer, streams: readonly Followed[], findings: Findings): void {
  using db = openFile(server);
  for (const followed of streams) judgeKilled(db, followed, findings);
}

/** So that every life has something to do. */
function slice({ events, kills }: Required<ParcelSize>): number {
  return Math.ceil(events / (kills + 1));
}

async function untilAskedToWait(source: Followed["source"]): Promise<void> {
  const before = source.requests.length;
  source.setFaults({ limited: 1_000 });
  await patiently("a source is called", () => source.requests.length > before, { everyMs: 1 });
  source.setFaults(FAULTS);
}

/** Until each has gone on from where it was, or has read what there is. */
async function untilMoving(streams: readonly Followed[]): Promise<void> {
  const calls = streams.map(({ source }) => source.requests.length);
  await patiently(
    "the sources are called",
    () => streams.every(({ source }, index) => source.requests.length > calls[index]!),
  );
}

async function untilRead(server: RunningServer, streams: readonly Followed[]): Promise<void> {
  const isRead = () => {
    using db = openFile(server);
    return streams.every((followed) =>
      checkpointOf(db, followed) === followed.source.lastEventId && waitingMail(db, followed) === 0
    );
  };
  // What is left then is what the judge finds.
  await patiently("everything is read", isRead).catch(() => {});
}

async function removeStreams(server: RunningServer, streams: readonly Followed[], findings: Findings): Promise<void> {
  const { send } = apiOf(server);
  for (const { stream } of streams) await (await send("DELETE", `/api/streams/${stream}`)).body?.cancel();
  const left = () => {
    using db = openFile(server);
    return ["parcel_streams", "parcels", "scans"].filter((table) =>
      db.prepare(`select 1 from ${table} limit 1`).get() !== undefined
    );
  };
  await patiently("nothing is left", () => left().length === 0).catch(() => {});
  findings.expectAll(
    "a stream that was deleted leaves nothing behind",
    ["parcel_streams", "parcels", "scans"],
    (table) => !left().includes(table),
  );
}

async function patiently(what: string, look: () => boolean, { everyMs = 20 } = {}): Promise<void> {
  for (const begunAt = performance.now(); !look(); await pause(everyMs)) {
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`After ${PATIENCE_MS} ms it is not so: ${what}`);
  }
}
