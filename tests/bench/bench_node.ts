import {
  chooseHost,
  createDiagnostics,
  createSystem,
  openStore,
  type System,
  systemClock,
  systemRandom,
} from "../../runtime/mod.ts";
import { registry } from "./bench_registry.ts";

export interface BenchNodeOptions {
  /** As `DATABASE_URL` says it. */
  readonly databaseUrl: string;
  /** Its name; where several share a database each has its own. */
  readonly name?: string;
  /** So many that none is removed by default. */
  readonly eventsKept?: number;
  /** For ever by default. */
  readonly keptMs?: Readonly<Record<string, number>>;
  readonly weightOf?: (tenant: string) => number;
}

/** A node over the bench's kinds, in this process, with the default host. */
export interface BenchNode {
  readonly system: System;
  /** Processes of its host that live. */
  readonly children: ReadonlySet<number>;
  /** Commits so far, and the entries that they held. */
  readonly commits: { readonly count: number; readonly entries: number };
  /** What runs is handed back. */
  stop(): Promise<void>;
}

/** As main.ts does it, and resolves when turns can run. */
export async function openBenchNode(
  { databaseUrl, name = "bench", eventsKept = 100_000_000, keptMs = {}, weightOf = () => 1 }: BenchNodeOptions,
): Promise<BenchNode> {
  const diagnostics = createDiagnostics();
  const children = new Set<number>();
  const commits = { count: 0, entries: 0 };
  diagnostics.observe((told) => {
    if (told.event === "child.started") children.add(told.pid);
    else if (told.event === "child.lost") children.delete(told.pid);
    else if (told.event === "batch.committed") {
      commits.count++;
      commits.entries += told.entries;
    }
  });
  const store = await openStore({
    databaseUrl,
    registry,
    registryUrl: import.meta.resolve("./bench_registry.ts"),
    node: name,
    now: systemClock.now(),
  });
  const createHost = await chooseHost({
    isolation: "process",
    registry,
    workerUrl: import.meta.resolve("./bench_worker.ts"),
    workers: Math.max(1, navigator.hardwareConcurrency - 1),
    memoryMb: 512,
    configUrl: import.meta.resolve("../deno.json"),
    sourceUrls: [import.meta.resolve("../../actors/")],
    env: Deno.env.toObject(),
    clock: systemClock,
    random: systemRandom,
  });
  const system = createSystem({
    registry,
    store,
    createHost,
    clock: systemClock,
    random: systemRandom,
    diagnostics,
    tenantPendingLimit: Infinity,
    eventsKept,
    keptMs,
    weightOf,
    onFatal: (error) => {
      throw error;
    },
  });
  await system.start();
  return { system, children, commits, stop: () => system.stop({ graceMs: 0 }) };
}
