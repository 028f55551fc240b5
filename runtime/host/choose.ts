import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/random.ts";
import type { Registry } from "../actor/registry.ts";
import type { Host, HostEvents } from "./contract.ts";

/** Where turns run; `auto` takes a process where the platform has them, else the main isolate. */
export type Isolation = "auto" | "process" | "worker" | "inline";

export interface HostChoice {
  readonly isolation: Isolation;
  readonly registry: Registry;
  /** The module that calls `serveWorker` with the same registry. */
  readonly workerUrl: string;
  /** Workers per set of permissions. */
  readonly workers: number;
  /** Bound of each isolate's old generation in a child process. */
  readonly childMemoryMb: number;
  readonly configUrl: string;
  readonly sourceUrls: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Loads only the chosen implementation. */
export async function chooseHost(choice: HostChoice): Promise<(events: HostEvents) => Host> {
  const { registry, clock, workerUrl, workers } = choice;
  switch (choice.isolation === "auto" ? automatic() : choice.isolation) {
    case "process": {
      const { createProcessHost } = await import("./process_host.ts");
      return (events) => createProcessHost({ ...choice, memoryMb: choice.childMemoryMb, events });
    }
    case "worker": {
      const { createWorkerHost } = await import("./worker_host.ts");
      return (events) => createWorkerHost({ registry, clock, workerUrl, workers, events });
    }
    case "inline": {
      const { createInlineHost } = await import("./inline_host.ts");
      return (events) => createInlineHost({ registry, clock, random: choice.random, events });
    }
  }
}

/** Deno Deploy and its like have no processes of our own and may have no workers. */
function automatic(): "process" | "inline" {
  return typeof Deno.Command === "function" && Deno.build.os !== "windows" ? "process" : "inline";
}
