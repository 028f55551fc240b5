import { fileURLToPath } from "node:url";
import { readLines } from "../support/log_lines.ts";
import { benchCommand } from "./bench_command.ts";
import { endTree } from "./end_tree.ts";
import type { Figure } from "./scenario.ts";
import type { ScenarioLine, ScenarioOrder } from "./scenario_protocol.ts";

const PROGRAM = fileURLToPath(import.meta.resolve("./scenario_process.ts"));

/** A scenario that tells nothing for so long is taken to be stuck. */
const SILENCE_MS = 5 * 60_000;

export interface ScenarioResult {
  readonly name: string;
  readonly seconds: number;
  /** Of the runs that ended. */
  readonly runs: readonly (readonly Figure[])[];
  readonly failed?: string;
}

/**
 * Runs a scenario in a process of its own, of which nothing is left when this resolves, however it ended. Aborting the
 * signal ends it too.
 */
export async function runScenario(
  order: Omit<ScenarioOrder, "folder">,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<ScenarioResult> {
  signal.throwIfAborted();
  const begunAt = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "mailroom-bench-" });
  const args = [JSON.stringify({ ...order, folder } satisfies ScenarioOrder)];
  const process = benchCommand(PROGRAM, args, { stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
  const end = () => void endTree(process.pid);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const runs: (readonly Figure[])[] = [];
  let failed: string | undefined;
  let total = order.runs;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const giveUpLater = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      failed = `it told nothing for ${SILENCE_MS / 1_000} s`;
      end();
    }, SILENCE_MS);
  };
  const hear = (text: string) => {
    giveUpLater();
    const line = JSON.parse(text) as ScenarioLine;
    if ("about" in line) {
      total = line.runs;
      tell(`${order.name}: ${line.about}`);
    } else if ("progress" in line) tell(`  ${line.run}/${total} ${line.progress}`);
    else if ("figures" in line) runs.push(line.figures);
    else failed = line.failed;
  };
  giveUpLater();
  try {
    const [{ code }] = await Promise.all([process.status, readLines(process.stdout, hear, new AbortController())]);
    if (code !== 0) failed ??= `its process ended with code ${code}`;
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", end);
    await endTree(process.pid);
    await process.status;
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
  if (failed !== undefined && !signal.aborted) tell(`  failed: ${failed}`);
  const seconds = (performance.now() - begunAt) / 1_000;
  return { name: order.name, seconds, runs, ...failed === undefined ? {} : { failed } };
}
