import type { Registry } from "../actor/registry.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Host, HostEvents } from "./contract.ts";
import { plainWorkersWork } from "./plain_workers.ts";
import type { ProcessHostOptions } from "./process_host.ts";

/** Where turns run; `auto` takes a process; on Deno Deploy workers where there are any, else the main isolate. */
export type Isolation = "auto" | "process" | "worker" | "inline";

/** What the most demanding implementation needs; the others take their share of it. */
export interface HostChoice extends Omit<ProcessHostOptions, "events" | "timing"> {
  readonly isolation: Isolation;
  /** Whether this is Deno Deploy, where no flag can be given: nothing is asked of Deno that needs one. */
  readonly onDeploy?: boolean;
  /** `workerUrl` serves the same. */
  readonly registry: Registry;
  readonly random: Random;
}

/**
 * Loads only the chosen implementation.
 * @throws {RuntimeError} `invalid-config` for workers with permissions where Deno would end the process over them
 */
export async function chooseHost(choice: HostChoice): Promise<(events: HostEvents) => Host> {
  const { isolation, onDeploy = false } = choice;
  switch (isolation === "auto" ? await automatic(choice) : isolation) {
    case "process": {
      const { createProcessHost } = await import("./process_host.ts");
      return (events) => createProcessHost({ ...choice, events });
    }
    case "worker": {
      if (!onDeploy && !hasWorkerOptions()) throw unflagged();
      const { createWorkerHost } = await import("./worker_host.ts");
      const permissions = onDeploy ? { permissions: "inherited" } as const : {};
      return (events) => createWorkerHost({ ...choice, ...permissions, events });
    }
    case "inline": {
      const { createInlineHost } = await import("./inline_host.ts");
      return (events) => createInlineHost({ ...choice, events });
    }
  }
}

async function automatic({ onDeploy, clock }: HostChoice): Promise<"process" | "worker" | "inline"> {
  if (onDeploy) return await plainWorkersWork(clock) ? "worker" : "inline";
  return typeof Deno.Command === "function" && Deno.build.os !== "windows" ? "process" : "inline";
}

/** Nothing says whether a feature is turned on. But deno.json turns this one on beside `cron`, which shows. */
function hasWorkerOptions(): boolean {
  return typeof Deno.cron === "function";
}

function unflagged(): RuntimeError {
  return new RuntimeError(
    "invalid-config",
    "ACTOR_ISOLATION=worker needs worker-options, which deno.json turns on: start with deno task start, or --config",
  );
}
