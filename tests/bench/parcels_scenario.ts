import { join } from "node:path";
import { descendantsOf } from "../support/process_tree.ts";
import { bytesWritten, fileMib, peakMemory, resetPeaks } from "./memory.ts";
import { fetchBare, openBareRows } from "./parcels_bare.ts";
import { startParcelsServer, type StreamsWatch, watchStreams } from "./parcels_server.ts";
import { lastEventId, type ScanSource, startScanSource } from "./scan_source.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { costFigures, perJob, readStations, type StationTimes } from "./stations.ts";

const EVENTS = { full: 200_000, quick: 20_000 };
/** Not counted: what runs for the first time is compiled on the way. */
const WARM_UP = { full: 60_000, quick: 10_000 };
const EVENTS_A_PARCEL = 20;
const CONSUMERS = 4;
const POLL_MS = 1_000;
const MIB = 1_024 * 1_024;
const BARE = "the same rows in a bare loop";

/** One stream that is far behind, read to its end: from a source on this machine to rows on the disk. */
export const parcels: Scenario = {
  name: "parcels",
  about: "scan events of one stream, pages of 1,000, until they are in its tables, without and with 4 consumers",
  async run({ folder, scale, progress }: ScenarioOptions) {
    const events = EVENTS[scale];
    await using warm = await startSource(WARM_UP[scale]);
    await using source = await startSource(events);
    progress(`${events} scan events in bare loops`);
    const bare = await measureBare(join(folder, "bare.db"), { warm, source });
    progress(`${events} scan events through one stream`);
    const one = await measureStream(join(folder, "one"), { warm, source, events, consumers: 0 });
    progress(`${events} scan events, handed on to ${CONSUMERS} consumers`);
    const handedOn = await measureStream(join(folder, "four"), { warm, source, events, consumers: CONSUMERS });
    const bareRows = { what: BARE, value: bare.written };
    return [
      {
        name: "scan events a second through one stream",
        unit: "1/s",
        value: one.perSecond,
        bare: bareRows,
        bound: { atLeast: 20_000 },
      },
      {
        name: "scan events a second, handed on to 4 consumers",
        unit: "1/s",
        value: handedOn.perSecond,
        bare: bareRows,
      },
      {
        name: "4 consumers to none",
        unit: "ratio",
        value: handedOn.perSecond / one.perSecond,
        bound: { atLeast: 1 },
      },
      { name: "scan events a second, fetched and parsed in a bare loop", unit: "1/s", value: bare.fetched },
      ...one.stations === null ? [] : costFigures("a scan event", one.stations),
      ...handedOn.stations === null ? [] : [
        {
          name: "CPU a scan event, handed on to 4 consumers",
          unit: "us",
          value: totalOf(handedOn.stations),
        } as const,
      ],
      {
        name: "bytes written a scan event",
        unit: "bytes",
        value: one.written,
        bare: { what: BARE, value: bare.bytes },
      },
      { name: "bytes kept a scan event", unit: "bytes", value: one.kept, bare: { what: BARE, value: bare.kept } },
      { name: "peak memory of a server that follows a stream", unit: "MiB", value: one.serverMib },
      { name: "peak memory of its children and broker", unit: "MiB", value: one.childrenMib },
    ];
  },
};

function startSource(events: number): Promise<ScanSource> {
  return startScanSource({ events, parcels: events / EVENTS_A_PARCEL });
}

interface Sources {
  readonly warm: ScanSource;
  readonly source: ScanSource;
}

async function measureBare(path: string, { warm, source }: Sources) {
  await fetchBare(warm.url);
  using rows = openBareRows(path);
  const before = bytesWritten();
  let [events, ms] = [0, 0];
  const fetched = await fetchBare(source.url, (page) => {
    ms += rows.write(page);
    events += page.ScanEvents.length;
  });
  const bytes = (bytesWritten() - before) / events;
  return { fetched, written: events / ms * 1_000, bytes, kept: fileMib(path) * MIB / events };
}

interface StreamPace {
  readonly perSecond: number;
  /** Of an event; null where the platform does not say. */
  readonly stations: StationTimes | null;
  /** Bytes of an event. */
  readonly written: number;
  readonly kept: number;
  readonly serverMib: number;
  readonly childrenMib: number;
}

async function measureStream(
  folder: string,
  { warm, source, events, consumers }: Sources & { events: number; consumers: number },
): Promise<StreamPace> {
  await using server = await startParcelsServer(folder);
  const { pid, databasePath: path } = server;
  using watch = watchStreams(path);
  const follow = async (name: string, { url }: ScanSource, last: number) => {
    await server.createStream({ name, baseUrl: url, consumers, pollIntervalMs: POLL_MS });
    await watch.reaches(name, last);
  };
  await follow("warm", warm, await lastEventId(warm));
  await server.pauseStream("warm");
  const last = await lastEventId(source);
  const pids = [pid, ...descendantsOf(pid)];
  resetPeaks(pids);
  const before = { cpu: readStations(pid), bytes: bytesWritten(pid), mib: fileMib(path), at: performance.now() };
  await follow("measured", source, last);
  const seconds = (performance.now() - before.at) / 1_000;
  const cpu = readStations(pid);
  mustHaveAll(watch, events);
  return {
    perSecond: events / seconds,
    stations: before.cpu === null ? null : perJob(before.cpu, cpu!, events),
    written: (bytesWritten(pid) - before.bytes) / events,
    kept: (fileMib(path) - before.mib) * MIB / events,
    serverMib: peakMemory([pid]),
    childrenMib: peakMemory(descendantsOf(pid)),
  };
}

/** @throws {Error} when what was measured was not the work */
function mustHaveAll(watch: StreamsWatch, events: number): void {
  const { scans, parcels } = watch.counts("measured");
  if (scans !== events) throw new Error(`The stream has ${scans} scans of ${parcels} parcels, not ${events}`);
}

function totalOf(stations: StationTimes): number {
  return [...stations.values()].reduce((sum, us) => sum + us, 0);
}
