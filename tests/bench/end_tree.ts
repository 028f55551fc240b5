import { descendantsOf } from "../support/process_tree.ts";
import { isAlive } from "../support/processes_alive.ts";

/** A host's child ends by itself when its server has, and removes its folder; one that has not by then is killed. */
const CHILDREN_END_MS = 2_000;
const LOOK_EVERY_MS = 5;

/** Kills a process and resolves when it and all that descended from it are gone; tolerates one that is gone. */
export async function endTree(pid: number): Promise<void> {
  const below = descendants(pid);
  kill(pid);
  await endAll(below);
}

/** What the process has started and not ended gets a moment to end by itself, and is killed then. */
export async function endBelow(pid: number): Promise<void> {
  await endAll(descendants(pid));
}

/** Holds a process, and all that descended from it, until {@linkcode goOn}: they cost nothing meanwhile, and know nothing of it. */
export function hold(pid: number): void {
  for (const each of [pid, ...descendants(pid)]) Deno.kill(each, "SIGSTOP");
}

/** What was held goes on. */
export function goOn(pid: number): void {
  for (const each of [...descendants(pid), pid]) Deno.kill(each, "SIGCONT");
}

async function endAll(pids: readonly number[]): Promise<void> {
  const until = performance.now() + CHILDREN_END_MS;
  for (let left = pids.filter(isAlive); left.length > 0; left = left.filter(isAlive)) {
    if (performance.now() > until) left.forEach(kill);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** None where the platform does not say who descends from whom. */
function descendants(pid: number): number[] {
  return Deno.build.os === "linux" ? descendantsOf(pid) : [];
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
