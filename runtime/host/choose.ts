import type { Registry } from "../actor/registry.ts";
import type { Random } from "../core/random.ts";
import type { Host, HostEvents } from "./contract.ts";
import type { ProcessHostOptions } from "./process_host.ts";

/** Where turns run; `auto` takes a process where the platform has them, else the main isolate. */
export type Isolation = "auto" | "process" | "worker" | "inline";

/** What the most demanding implementation needs; the others take their share of it. */
export interface HostChoice extends Omit<ProcessHostOptions, "events" | "timing"> {
  readonly isolation: Isolation;
  /** `workerUrl` serves the same. */
  readonly registry: Registry;
  readonly random: Random;
}

/** Loads only the chosen implementation. */
export async function chooseHost(choice: HostChoice): Promise<(events: HostEvents) => Host> {
  switch (choice.isolation === "auto" ? automatic() : choice.isolation) {
    case "process": {
      const { createProcessHost } = await import("./process_host.ts");
      return (events) => createProcessHost({ ...choice, events });
    }
    case "worker": {
      const { createWorkerHost } = await import("./worker_host.ts");
      return (events) => createWorkerHost({ ...choice, events });
    }
    case "inline": {
      const { createInlineHost } = await import("./inline_host.ts");
      return (events) => createInlineHost({ ...choice, events });
    }
  }
}

/** Deno Deploy and its like have no processes of our own and may have no workers. */
function automatic(): "process" | "inline" {
  return typeof Deno.Command === "function" && Deno.build.os !== "windows" ? "process" : "inline";
}
