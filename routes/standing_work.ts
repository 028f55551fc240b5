import type { Config, System } from "../runtime/mod.ts";
import { beginCatalog } from "./catalog_sync.ts";
import { declareDefaultStream } from "./parcel_streams_default.ts";

type Told = (message: string, fields?: Record<string, unknown>) => void;

/** Begins what the environment asks for and nobody has begun yet: it goes on by itself from then on. */
export async function beginStandingWork(system: System, config: Config, told: Told): Promise<void> {
  const { SCAN_API_BASE_URL: scans, SCAN_API_TENANT: tenant } = config;
  if (scans !== undefined && await declareDefaultStream(system, tenant)) {
    told("parcel stream declared", { tenant, stream: "default" });
  }
  if (await beginCatalog(system, config)) told("catalogue begun");
}
