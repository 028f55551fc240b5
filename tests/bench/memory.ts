const MIB = 1_024 * 1_024;

/** Counts the peaks of these processes anew, where the platform can. */
export function resetPeaks(pids: Iterable<number>): void {
  for (const pid of pids) {
    try {
      Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
    } catch {
      // Then it is the peak of its whole life.
    }
  }
}

/** The sum of the largest resident sizes that each has had, in MiB; 0 where the platform does not say. */
export function peakMemory(pids: Iterable<number>): number {
  return [...pids].reduce((sum, pid) => sum + statusKb(pid, "VmHWM") / 1_024, 0);
}

/** What is resident now, in MiB. */
export function residentMemory(pids: Iterable<number>): number {
  return [...pids].reduce((sum, pid) => sum + statusKb(pid, "VmRSS") / 1_024, 0);
}

/**
 * What is resident now of the memory of these processes, in MiB, where each has its part of what several share, as the
 * program's own text; 0 where the platform does not say. @see proc_pid_smaps(5)
 */
export function proportionalMemory(pids: Iterable<number>): number {
  return [...pids].reduce((sum, pid) => sum + kbIn(`/proc/${pid}/smaps_rollup`, "Pss") / 1_024, 0);
}

/** Bytes that a process, by default this one, has given to the disk so far, in all its files; 0 where the platform does not say. */
export function bytesWritten(pid: number = Deno.pid): number {
  try {
    return Number(Deno.readTextFileSync(`/proc/${pid}/io`).match(/^write_bytes: (\d+)/m)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** A database with its log, in MiB. */
export function fileMib(path: string): number {
  return [path, `${path}-wal`].reduce((sum, name) => sum + sizeOf(name), 0) / MIB;
}

function sizeOf(name: string): number {
  try {
    return Deno.statSync(name).size;
  } catch {
    return 0;
  }
}

/** @see proc_pid_status(5) */
function statusKb(pid: number, field: string): number {
  return kbIn(`/proc/${pid}/status`, field);
}

function kbIn(path: string, field: string): number {
  try {
    return Number(Deno.readTextFileSync(path).match(new RegExp(`^${field}:\\s+(\\d+)`, "m"))?.[1]);
  } catch {
    return 0;
  }
}
