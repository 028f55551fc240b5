import { descendantsOf } from "../support/process_tree.ts";
import type { Figure } from "./scenario.ts";

/** Where work uses processor time, in the order of the loop, and what it is used for there. */
export const STATIONS = [
  { station: "main thread", does: "takes in, groups commits, dispatches, writes and reads frames" },
  { station: "writer thread", does: "the transactions of SQLite, and its fsync" },
  { station: "read worker", does: "lists and reports" },
  { station: "garbage collection", does: "V8's threads beside them, its compiler's too" },
  { station: "child's main isolate", does: "relays frames between socket and workers" },
  { station: "child's workers", does: "the handlers" },
  { station: "child's garbage collection", does: "V8's threads beside them, its compiler's too" },
  { station: "broker", does: "the calls to the outside, all its threads" },
  { station: "other threads", does: "files and sockets, of both" },
] as const;

export type Station = typeof STATIONS[number]["station"];

/** What processor time is told of. */
export const COSTED = ["a job", "a scan event", "a job of an action"] as const;
export type Costed = typeof COSTED[number];

/** What the figure of a station is called, or that of all together. */
export function costFigure(costed: Costed, station?: Station): string {
  return station === undefined ? `CPU ${costed}` : `CPU ${costed}, ${station}`;
}

/** All together, and each station that there was. */
export function costFigures(costed: Costed, times: StationTimes, bare?: Figure["bare"]): Figure[] {
  const total = [...times.values()].reduce((sum, us) => sum + us, 0);
  return [
    { name: costFigure(costed), unit: "us", value: total, ...bare === undefined ? {} : { bare } },
    ...Array.from(times, ([station, value]): Figure => ({ name: costFigure(costed, station), unit: "us", value })),
  ];
}

/** Processor time in us so far, by station. */
export type StationTimes = ReadonlyMap<Station, number>;

/**
 * Of a process in which one node is open, and of its children; of this one by default. Threads are told apart by their names
 * and order: the writer is the first worker that a node starts, and its read worker the second. Null where the platform does
 * not say what threads use.
 */
export function readStations(server: number = Deno.pid): StationTimes | null {
  if (Deno.build.os !== "linux") return null;
  const times = new Map<Station, number>();
  const add = (station: Station, us: number) => times.set(station, (times.get(station) ?? 0) + us);
  let workers = 0;
  for (const { name, isMain, us } of threadsOf(server)) {
    if (isMain) add("main thread", us);
    else if (name.startsWith("worker-")) add(workers++ === 0 ? "writer thread" : "read worker", us);
    else add(name.startsWith("V8") ? "garbage collection" : "other threads", us);
  }
  for (const pid of descendantsOf(server)) {
    const isBroker = commandOf(pid).includes("broker_child");
    for (const { name, isMain, us } of threadsOf(pid)) {
      if (isBroker) add("broker", us);
      else if (isMain) add("child's main isolate", us);
      else if (name.startsWith("worker-")) add("child's workers", us);
      else add(name.startsWith("V8") ? "child's garbage collection" : "other threads", us);
    }
  }
  return times;
}

/** What was used in between, per job, at the stations that there are; of threads that have ended meanwhile nothing is known. */
export function perJob(before: StationTimes, after: StationTimes, jobs: number): StationTimes {
  return new Map(
    STATIONS.filter(({ station }) => before.has(station) || after.has(station)).map((
      { station },
    ) => [station, Math.max(0, (after.get(station) ?? 0) - (before.get(station) ?? 0)) / jobs]),
  );
}

function commandOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return "";
  }
}

interface Thread {
  readonly name: string;
  readonly isMain: boolean;
  readonly us: number;
}

/** In the order in which they were started. @see proc_pid_task(5); the first field of `schedstat` counts in ns */
function threadsOf(pid: number): Thread[] {
  const ids = namesIn(`/proc/${pid}/task`).map(Number).sort((one, other) => one - other);
  return ids.flatMap((id) => {
    try {
      const folder = `/proc/${pid}/task/${id}`;
      const name = Deno.readTextFileSync(`${folder}/comm`).trim();
      const us = Number(Deno.readTextFileSync(`${folder}/schedstat`).split(" ")[0]) / 1_000;
      return [{ name, isMain: id === pid, us }];
    } catch {
      return [];
    }
  });
}

/** None when there is no such folder, as of a process that has ended. */
function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch {
    return [];
  }
}
