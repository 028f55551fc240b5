import { streamAt } from "../actors/parcel_stream/messages.ts";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { STREAM_KIND } from "./parcel_streams_view.ts";

const NAME = "default";
const POLL_INTERVAL_MS = 5_000;
const PAGE_LIMIT = 1_000;

/**
 * Declares the tenant's stream `default`, which reads where the environment says, unless there is one; true when it did.
 * What people have made of it since then, a pause as much as a reset, stays.
 */
export async function declareDefaultStream(system: System, tenant: string): Promise<boolean> {
  if (!system.registry.kinds.has(STREAM_KIND)) return false;
  if (await system.point(tenant, parcelTables.queries.stream, { name: NAME }) !== null) return false;
  const args = {
    name: NAME,
    baseUrl: null,
    headers: "{}",
    pageLimit: PAGE_LIMIT,
    pollIntervalMs: POLL_INTERVAL_MS,
    lookBack: 0,
    consumers: 0,
    checkpoint: 0,
    createdBy: "system",
    createdAt: system.now(),
  };
  const created = { tables: parcelTables.name, write: parcelTables.writes.created.name, args };
  const deed = { by: "system", rows: [created] };
  try {
    await system.tellAll([{ to: streamAt(tenant, NAME), message: "poll", payload: { epoch: 1 } }], { deed });
    return true;
  } catch (thrown) {
    // Another node has declared it in the meantime.
    if (thrown instanceof RuntimeError && thrown.code === "constraint") return false;
    throw thrown;
  }
}
