import { z } from "@hono/zod-openapi";
import { initialSync, syncAt, type SyncState, syncState } from "../actors/financial_sync/messages.ts";
import { financialTables } from "../actors/financial_sync/tables.ts";
import { RuntimeError, type Schedule, type System } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

/** The name of the schedule that a tenant's sync has. */
export const SYNC_SCHEDULE = "financial-sync";
const SYNC_KIND = "financial-sync";
const MOST_COUNTED = 1_000;

const count = z.number().int();
const instant = z.iso.datetime();

/** A tenant's sync as it reads on the wire. */
export const syncView = z.object({
  enabled: z.boolean().openapi({ description: "Whether it comes by itself; its transactions stay when it does not" }),
  everyMs: count.nullable().openapi({ description: "The interval; null when it has none" }),
  nextAt: instant.nullable().openapi({ description: "When it comes next by its schedule `financial-sync`" }),
  status: z.enum(["idle", "running", "failing"]).openapi({
    description:
      "`running`: the ledger is read, or pages are taken over; `failing`: the last call failed, see `lastError`",
  }),
  cursor: count.openapi({ description: "The last position of the ledger whose entry is queued; 0: none" }),
  pages: count.openapi({ description: "Queued so far, each a job of the type `ledger-page`" }),
  entries: count.openapi({ description: "In these" }),
  waiting: count.openapi({ description: "Pages that are not taken over yet; 1,000 stands for more" }),
  openTotals: count.openapi({ description: "Daily totals that were not compared since they changed" }),
  mismatchedTotals: count.openapi({
    description: "Daily totals that are not what the ledger says; 1,000 stands for more",
  }),
  syncedAt: instant.nullable().openapi({ description: "When the ledger was last read to its end" }),
  reconciledAt: instant.nullable().openapi({ description: "When totals were last compared" }),
  failures: count.openapi({ description: "Calls in a row that failed" }),
  lastError: z.string().nullable().openapi({ description: "Why the last one did; it stays when all is well again" }),
  failedAt: instant.nullable().openapi({ description: "When that was" }),
  retryAt: instant.nullable().openapi({ description: "When it tries again by itself" }),
}).openapi("FinancialSync");

type SyncView = z.infer<typeof syncView>;

/** @throws {RuntimeError} `not-found` where the installation has no such kind */
export function mustSyncFinances({ registry }: Pick<System, "registry">): void {
  if (!registry.kinds.has(SYNC_KIND)) throw new RuntimeError("not-found", "This installation reads no ledger");
}

/** As it is now: also of a tenant that never had one. */
export async function currentSync(system: System, tenant: string): Promise<SyncView> {
  mustSyncFinances(system);
  const { queries } = financialTables;
  const [schedule, actor, waiting, { open, mismatched }] = await Promise.all([
    system.schedules.get(tenant, SYNC_SCHEDULE),
    system.inspect(syncAt(tenant)),
    system.query(tenant, queries.waiting, { limit: MOST_COUNTED }),
    system.query(tenant, queries.unmatched, {}),
  ]);
  const state = actor === null || actor.state === null ? initialSync : syncState.parse(actor.state);
  const { cursor, pages, entries, failures, lastError } = state;
  return {
    enabled: schedule?.enabled ?? false,
    everyMs: schedule !== null && "everyMs" in schedule.timing ? schedule.timing.everyMs : null,
    nextAt: isoOrNull(schedule?.nextAt ?? null),
    status: failures > 0 ? "failing" : actor?.running || waiting > 0 ? "running" : "idle",
    ...{ cursor, pages, entries, waiting, openTotals: open, mismatchedTotals: mismatched, failures, lastError },
    ...instantsOf(state),
  };
}

/** What a sync of the tenant is told: as its schedule says, if it has one. */
export function orderIn(schedule: Schedule | null): { readonly limit?: number } {
  return schedule === null ? {} : schedule.target.payload as { readonly limit?: number };
}

function instantsOf({ syncedAt, reconciledAt, failedAt, retryAt }: SyncState) {
  return {
    syncedAt: isoOrNull(syncedAt),
    reconciledAt: isoOrNull(reconciledAt),
    failedAt: isoOrNull(failedAt),
    retryAt: isoOrNull(retryAt),
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
