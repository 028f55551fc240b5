import { descendantsOf, usageOf } from "../support/process_tree.ts";
import { startReaders } from "./feed_readers.ts";
import type { Served } from "./feed_served.ts";
import type { Plan } from "./feed_client.ts";

/** In a second; what a quick run measures may be less than the system tells. */
const LEAST_CPU_MS = 0.01;

export interface IdleSize {
  /** Readers. */
  readonly idle: number;
  /** Before it is looked at: half a minute after a program has become idle V8 collects what its start left. */
  readonly settleMs: number;
  /** How long the server is looked at before they come. */
  readonly aloneMs: number;
  /** Long enough that what V8 collects of their coming, about a minute later, falls into it for each program. */
  readonly idleMs: number;
}

export interface Idle {
  /** What each reader adds to the memory. */
  readonly bytes: number;
  /** Processor time in each second without any reader, of the server and the processes it has started. */
  readonly aloneMs: number;
  /** What all readers add to that of the server. */
  readonly readersMs: number;
}

export async function measureIdle(
  served: Served,
  { size, path, progress }: { size: IdleSize; path: string; progress: (what: string) => void },
): Promise<Idle> {
  await using _served = served;
  const plan: Plan = { port: served.port, path, readers: size.idle, how: "hold" };
  // So that what the first readers bring about, and stays, is no reader's.
  await (await startReaders({ ...plan, readers: 50 }))[Symbol.asyncDispose]();
  await pass(size.settleMs);
  const before = usageOf([served.pid]);
  const [ownMs, hostMs] = await Promise.all([
    cpuInEachSecond([served.pid], size.aloneMs),
    cpuInEachSecond(descendantsOf(served.pid), size.aloneMs),
  ]);
  progress(`${size.idle} idle readers of ${path}`);
  await using _readers = await startReaders(plan);
  const withReadersMs = await cpuInEachSecond([served.pid], size.idleMs);
  return {
    bytes: (usageOf([served.pid]).ownBytes - before.ownBytes) / size.idle,
    aloneMs: Math.max(ownMs + hostMs, LEAST_CPU_MS),
    readersMs: Math.max(withReadersMs - ownMs, LEAST_CPU_MS),
  };
}

async function cpuInEachSecond(pids: readonly number[], ms: number): Promise<number> {
  const begun = usageOf(pids);
  await pass(ms);
  return (usageOf(pids).cpuMs - begun.cpuMs) * 1_000 / ms;
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
