/** What processes have used so far. */
export interface Usage {
  readonly cpuMs: number;
  /** Resident and not shared with others, as the program's own text is. */
  readonly ownBytes: number;
}

/** Linux counts processor time in hundredths of a second, whatever its timer's rate. */
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

/** The living processes that descend from this one; those whose parent has died are not found. */
export function descendantsOf(pid: number): number[] {
  const children = Map.groupBy(allProcesses(), ({ parent }) => parent);
  const found: number[] = [];
  for (const waiting = [pid]; waiting.length > 0;) {
    for (const child of children.get(waiting.shift()!) ?? []) {
      found.push(child.pid);
      waiting.push(child.pid);
    }
  }
  return found;
}

/** Of those that live. */
export function usageOf(pids: readonly number[]): Usage {
  const stats = pids.map(readStat).filter((stat) => stat !== undefined);
  return {
    cpuMs: stats.reduce((sum, stat) => sum + stat.cpuMs, 0),
    ownBytes: stats.reduce((sum, stat) => sum + stat.ownBytes, 0),
  };
}

/** The process group, which a terminal's signals reach as a whole; undefined when the process is gone. */
export function groupOf(pid: number): number | undefined {
  return readStat(pid)?.group;
}

interface Stat extends Usage {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

function allProcesses(): Stat[] {
  const names = Array.from(Deno.readDirSync("/proc"), ({ name }) => name).filter((name) => /^\d+$/.test(name));
  return names.map((name) => readStat(Number(name))).filter((stat) => stat !== undefined);
}

/** @see proc_pid_stat(5), proc_pid_statm(5); the name in `stat` may hold anything, so fields are counted from behind it */
function readStat(pid: number): Stat | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    const [, resident, shared] = Deno.readTextFileSync(`/proc/${pid}/statm`).split(" ").map(Number);
    return {
      pid,
      parent: Number(fields[1]),
      group: Number(fields[2]),
      cpuMs,
      ownBytes: (resident! - shared!) * PAGE_BYTES,
    };
  } catch {
    return undefined;
  }
}
