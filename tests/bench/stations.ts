import { descendantsOf } from "../support/process_tree.ts";

/** Where a job uses processor time, in the order of the loop, and what it is used for there. */
export const STATIONS = [
  { station: "main thread", does: "takes in, groups commits, dispatches, writes and reads frames" },
  { station: "writer thread", does: "the transactions of SQLite, and its fsync" },
  { station: "read worker", does: "lists and reports" },
  { station: "garbage collection", does: "V8's threads beside them, its compiler's too" },
  { station: "child's main isolate", does: "relays frames between socket and workers" },
  { station: "child's workers", does: "the handlers" },
  { station: "child's garbage collection", does: "V8's threads beside them, its compiler's too" },
  { station: "other threads", does: "files and sockets, of both" },
] as const;

export type Station = typeof STATIONS[number]["station"];

/** What the figures are called. */
export const STATION_FIGURE = {
  total: "CPU a job",
  of: (station: Station) => `CPU a job, ${station}`,
} as const;

/** Processor time in us so far, by station. */
export type StationTimes = ReadonlyMap<Station, number>;

/**
 * Of this process, in which one node is open, and of its children. Threads are told apart by their names and order: the
 * writer is the first worker that a node starts, and its read worker the second. Null where the platform does not say
 * what threads use.
 */
export function readStations(): StationTimes | null {
  if (Deno.build.os !== "linux") return null;
  const times = new Map<Station, number>();
  const add = (station: Station, us: number) => times.set(station, (times.get(station) ?? 0) + us);
  let workers = 0;
  for (const { name, isMain, us } of threadsOf(Deno.pid)) {
    if (isMain) add("main thread", us);
    else if (name.startsWith("worker-")) add(workers++ === 0 ? "writer thread" : "read worker", us);
    else add(name.startsWith("V8") ? "garbage collection" : "other threads", us);
  }
  for (const pid of descendantsOf(Deno.pid)) {
    for (const { name, isMain, us } of threadsOf(pid)) {
      if (isMain) add("child's main isolate", us);
      else if (name.startsWith("worker-")) add("child's workers", us);
      else add(name.startsWith("V8") ? "child's garbage collection" : "other threads", us);
    }
  }
  return times;
}

/** What was used in between, per job; of threads that have ended meanwhile nothing is known. */
export function perJob(before: StationTimes, after: StationTimes, jobs: number): StationTimes {
  return new Map(
    STATIONS.map((
      { station },
    ) => [station, Math.max(0, (after.get(station) ?? 0) - (before.get(station) ?? 0)) / jobs]),
  );
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
