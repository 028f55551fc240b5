import { systemClock } from "../../runtime/core/clock.ts";
import { createProcessHost, type ProcessHostOptions } from "../../runtime/host/process_host.ts";
import type { CreateHost } from "./host_rig.ts";
import { TEST_TIMING } from "./host_timing.ts";
import { registry } from "./registry/host_registry.ts";

/** Process hosts that serve the kinds of `host_registry.ts`, with one worker of each permission set unless more are asked for. */
export function processHost(options: Partial<ProcessHostOptions> = {}): CreateHost {
  return (events) =>
    createProcessHost({
      workerUrl: import.meta.resolve("./registry/host_worker.ts"),
      registry,
      workers: 1,
      memoryMb: 64,
      configUrl: import.meta.resolve("../deno.json"),
      sourceUrls: [],
      env: Deno.env.toObject(),
      clock: systemClock,
      events,
      timing: TEST_TIMING,
      ...options,
    });
}
