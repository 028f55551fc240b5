import { financialTables } from "../actors/financial_sync/tables.ts";
import type { Clock, System } from "../runtime/mod.ts";
import { checkCatalog } from "./catalog_check.ts";
import { checkOf, type HealthCheck } from "./health_check.ts";
import { watchHosts } from "./hosts_check.ts";
import { checkOrders } from "./orders_check.ts";
import { type ScheduleSight, watchSchedules } from "./schedules_check.ts";

type Looked = Pick<System, "registry" | "point" | "health" | "inspect" | "schedules" | "diagnostics" | "now">;

const KEPT_MS = 1_000;
const PATIENCE_MS = 2_000;

/** What `/health` says of the work, beside how the server is. */
export interface Looks {
  readonly checks: readonly HealthCheck[];
  readonly schedules: readonly ScheduleSight[];
}

/**
 * Looks at the hosts, at what is kept, of the kinds that there are, and at the schedules that come with them, once a second
 * however often it is asked. What cannot be looked at now is left out: the rest of the answer says why.
 */
export function createChecks(system: Looked, clock: Clock): () => Promise<Looks> {
  const [schedulesNow, hostsNow] = [watchSchedules(system), watchHosts(system, clock)];
  const unstored = (): Looks => ({ checks: [hostsNow()], schedules: [] });
  const lookAt = async (): Promise<Looks> => {
    if (system.health().storage !== "ok") return unstored();
    const kept = [...await checkFinances(system), ...await checkOrders(system), ...await checkCatalog(system)];
    return { checks: [hostsNow(), ...kept], schedules: await schedulesNow() };
  };
  let kept: { readonly at: number; readonly looks: Promise<Looks> } | null = null;
  return () => {
    const now = clock.monotonic();
    if (kept === null || now - kept.at >= KEPT_MS) {
      kept = { at: now, looks: inTime(lookAt(), { clock, otherwise: unstored }) };
    }
    return kept.looks;
  };
}

async function checkFinances({ registry, point }: Looked): Promise<readonly HealthCheck[]> {
  if (!registry.tables.has(financialTables.name)) return [];
  const { days, tenants } = await point("system", financialTables.queries.mismatches, {});
  const faults = days === 0 ? [] : [`${days} days of ${tenants} tenants are not what the ledger says`];
  return [checkOf("financial-sync", faults)];
}

function inTime(
  looking: Promise<Looks>,
  { clock, otherwise }: { readonly clock: Clock; readonly otherwise: () => Looks },
): Promise<Looks> {
  return new Promise((resolve) => {
    const stop = clock.after(PATIENCE_MS, () => resolve(otherwise()));
    looking.then(resolve, () => resolve(otherwise())).finally(stop);
  });
}
