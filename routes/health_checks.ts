import { financialTables } from "../actors/financial_sync/tables.ts";
import type { Clock, System } from "../runtime/mod.ts";
import { checkCatalog } from "./catalog_check.ts";
import { checkOf, type HealthCheck } from "./health_check.ts";
import { checkOrders } from "./orders_check.ts";

type Looked = Pick<System, "registry" | "point" | "health" | "inspect" | "schedules" | "now">;

const KEPT_MS = 1_000;
const PATIENCE_MS = 2_000;

/**
 * Looks at what is kept, of the kinds that there are, once a second however often it is asked. What cannot be looked at now is
 * left out: the rest of the answer says why.
 */
export function createChecks(system: Looked, clock: Clock): () => Promise<readonly HealthCheck[]> {
  let kept: { readonly at: number; readonly checks: Promise<readonly HealthCheck[]> } | null = null;
  return () => {
    const now = clock.monotonic();
    if (kept === null || now - kept.at >= KEPT_MS) kept = { at: now, checks: inTime(lookAt(system), clock) };
    return kept.checks;
  };
}

async function lookAt(system: Looked): Promise<readonly HealthCheck[]> {
  if (system.health().storage !== "ok") return [];
  return [...await checkFinances(system), ...await checkOrders(system), ...await checkCatalog(system)];
}

async function checkFinances({ registry, point }: Looked): Promise<readonly HealthCheck[]> {
  if (!registry.tables.has(financialTables.name)) return [];
  const { days, tenants } = await point("system", financialTables.queries.mismatches, {});
  const faults = days === 0 ? [] : [`${days} days of ${tenants} tenants are not what the ledger says`];
  return [checkOf("financial-sync", faults)];
}

function inTime(looking: Promise<readonly HealthCheck[]>, clock: Clock): Promise<readonly HealthCheck[]> {
  return new Promise((resolve) => {
    const stop = clock.after(PATIENCE_MS, () => resolve([]));
    looking.then(resolve, () => resolve([])).finally(stop);
  });
}
