import { fileURLToPath } from "node:url";
import { readLines } from "../support/log_lines.ts";
import { benchCommand } from "./bench_command.ts";
import { endTree } from "./end_tree.ts";

const SIMULATOR = fileURLToPath(import.meta.resolve("../../actors/parcel_stream/simulator/main.ts"));
const EMPTY = fileURLToPath(import.meta.resolve("./empty_source.ts"));

/** A Scan Event API as a process of its own, which ends with its scope. */
export interface ScanSource extends AsyncDisposable {
  /** What a stream is given as `baseUrl`. */
  readonly url: string;
  readonly pid: number;
}

/** Of well-formed events, whose ids have holes. */
export function startScanSource({ events, parcels }: { events: number; parcels: number }): Promise<ScanSource> {
  return start(SIMULATOR, ["--seed", "7", "--events", `${events}`, "--parcels", `${parcels}`, "--malformed", "0"]);
}

/** At all addresses of the loopback network; never has any event. */
export function startEmptySource(): Promise<ScanSource> {
  return start(EMPTY, []);
}

export async function lastEventId({ url }: ScanSource): Promise<number> {
  const numbers = await (await fetch(new URL("/simulator", url))).json() as { lastEventId: number };
  return numbers.lastEventId;
}

async function start(program: string, args: readonly string[]): Promise<ScanSource> {
  const process = benchCommand(program, args, { stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
  const ready = Promise.withResolvers<string>();
  const told = readLines(process.stdout, (line) => ready.resolve(JSON.parse(line).url), new AbortController());
  process.status.then(({ code }) => ready.reject(new Error(`${program} ended with code ${code}`)));
  const end = async () => {
    await endTree(process.pid);
    await Promise.all([process.status, told]);
  };
  try {
    return { url: await ready.promise, pid: process.pid, [Symbol.asyncDispose]: end };
  } catch (failed) {
    await end();
    throw failed;
  }
}
