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

/** Bytes that this process has given to the disk so far, in all its files; 0 where the platform does not say. */
export function bytesWritten(): number {
  try {
    return Number(Deno.readTextFileSync("/proc/self/io").match(/^write_bytes: (\d+)/m)?.[1] ?? 0);
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
  try {
    return Number(Deno.readTextFileSync(`/proc/${pid}/status`).match(new RegExp(`^${field}:\\s+(\\d+)`, "m"))?.[1]);
  } catch {
    return 0;
  }
}
