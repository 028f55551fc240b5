import type { Environment } from "../../actor/setting.ts";
import type { Clock } from "../../core/clock.ts";
import type { Diagnostics } from "../../observe/diagnostics.ts";
import type { System } from "../contract.ts";
import type { SystemOptions } from "../options.ts";
import { createSystem } from "../system.ts";
import type { Telemetry } from "./contract.ts";

/** A node that is told of, or one as it is. */
export interface ChosenTelemetry {
  /** For the log. */
  readonly diagnostics: Diagnostics;
  createSystem(options: SystemOptions): System;
  /** Where it is turned on. */
  readonly request?: Telemetry["request"];
}

/** As Deno reads it. */
export function isTelemetryOn({ OTEL_DENO }: Environment): boolean {
  return OTEL_DENO === "true" || OTEL_DENO === "1";
}

/** Loads it where it is turned on, and counts from now on what the diagnostics tell. */
export async function chooseTelemetry(
  env: Environment,
  parts: { readonly diagnostics: Diagnostics; readonly clock: Clock },
): Promise<ChosenTelemetry> {
  if (!isTelemetryOn(env)) return { diagnostics: parts.diagnostics, createSystem };
  // Under a name that Deno has to work out: what it can read here it would load for every start.
  const { openTelemetry } = await import(import.meta.resolve("./open.ts")) as typeof import("./open.ts");
  const telemetry = openTelemetry(parts);
  return {
    diagnostics: telemetry.diagnostics(parts.diagnostics),
    request: telemetry.request,
    createSystem: ({ store, createHost, egress, ...options }) =>
      telemetry.system(createSystem({
        ...options,
        store: telemetry.store(store),
        createHost: telemetry.host(createHost),
        ...(egress === undefined ? {} : { egress: telemetry.egress(egress) }),
      })),
  };
}
