import { z } from "zod";
import { batchEnded, type Ref } from "../authoring.ts";
import { MOST_ENTRIES } from "./ledger_entry.ts";

const count = z.int().min(0);
const instant = z.int();

/** To a tenant's sync. */
export const syncMessages = {
  /** Read what the ledger has since the cursor; `limit`: entries of a page. */
  sync: z.object({ limit: z.int().min(1).max(MOST_ENTRIES).default(MOST_ENTRIES) }),
  /** All pages of one `sync` have ended. */
  pagesEnded: batchEnded,
  /** Compare what days come to with what the ledger says. */
  reconcile: z.object({}),
};

/** How far a tenant's sync is. Instants are ms since the epoch. */
export const syncState = z.object({
  /** The last position whose entry is queued, in the same commit; 0: none. */
  cursor: count,
  /** Queued so far. */
  pages: count,
  entries: count,
  /** When the ledger was last read to its end. */
  syncedAt: instant.nullable(),
  /** When totals were last compared. */
  reconciledAt: instant.nullable(),
  /** Calls in a row that failed, and why the last one did; the reason stays when all is well again. */
  failures: count,
  lastError: z.string().nullable(),
  failedAt: instant.nullable(),
  /** When it tries again by itself. */
  retryAt: instant.nullable(),
  /** The day whose entries are read once more, up to which position they are queued. */
  repair: z.object({ day: z.string(), cursor: count }).nullable(),
});

export type SyncState = z.output<typeof syncState>;

export const initialSync: SyncState = {
  cursor: 0,
  pages: 0,
  entries: 0,
  syncedAt: null,
  reconciledAt: null,
  failures: 0,
  lastError: null,
  failedAt: null,
  retryAt: null,
  repair: null,
};

/** Each tenant has one. */
export function syncAt(tenant: string): Ref<typeof syncMessages> {
  return { tenant, kind: "financial-sync", key: "main" };
}
