import { CATALOG_TENANT, PARTS } from "../actors/catalog/messages.ts";
import type { CycleRow, Part } from "../actors/catalog/rows.ts";
import { catalogTables } from "../actors/catalog/tables.ts";
import type { System } from "../runtime/mod.ts";
import { checkOf, type HealthCheck } from "./health_check.ts";

/** So many intervals may lie between two completed cycles: what is delayed or fails once is no trouble yet. */
const MOST_INTERVALS = 3;
/** Of the last cycles that have ended, half may fail. */
const LOOKED_AT = 10;
const LEAST_LOOKED_AT = 4;
const LONGEST_MS = 60_000;
const { queries } = catalogTables;

/** Nothing where no catalogue is read. */
export async function checkCatalog(
  { registry, point, schedules, now }: Pick<System, "registry" | "point" | "schedules" | "now">,
): Promise<readonly HealthCheck[]> {
  if (!registry.tables.has(catalogTables.name)) return [];
  const schedule = await schedules.get(CATALOG_TENANT, "catalog");
  if (schedule === null || !schedule.enabled || !("everyMs" in schedule.timing)) return [];
  const { timing: { everyMs }, createdAt } = schedule;
  const faults = await Promise.all(PARTS.map(async (part) => {
    const cycles = await point(CATALOG_TENANT, queries.cycles, { part, limit: LOOKED_AT });
    return faultsOf(part, { cycles, everyMs, since: createdAt, now: now() });
  }));
  return [checkOf("catalog", faults.flat())];
}

/** What is wrong with a part, newest cycle first; `since`: from when on it was to be read. */
export function faultsOf(
  part: Part,
  { cycles, everyMs, since, now }: {
    readonly cycles: readonly Pick<CycleRow, "status" | "endedAt" | "durationMs">[];
    readonly everyMs: number;
    readonly since: number;
    readonly now: number;
  },
): readonly string[] {
  const faults: string[] = [];
  const ended = cycles.filter(({ status }) => status === "completed" || status === "failed");
  const completed = ended.find(({ status }) => status === "completed");
  const agoMs = now - (completed?.endedAt ?? since);
  if (agoMs > MOST_INTERVALS * everyMs) {
    faults.push(`no cycle of ${part} was completed for ${agoMs} ms, and one comes every ${everyMs} ms`);
  }
  const failed = ended.filter(({ status }) => status === "failed").length;
  if (ended.length >= LEAST_LOOKED_AT && failed > ended.length / 2) {
    faults.push(`${failed} of the last ${ended.length} cycles of ${part} have failed`);
  }
  if (completed !== undefined && completed.durationMs! > LONGEST_MS) {
    faults.push(`the last cycle of ${part} took ${completed.durationMs} ms`);
  }
  return faults;
}
