import type { Context } from "../authoring.ts";
import { fail, recover } from "./fail.ts";
import type { LedgerEntry } from "./ledger_entry.ts";
import { ledgerPage } from "./ledger_page.ts";
import { syncAt, type SyncState } from "./messages.ts";
import { type Failure, readPage } from "./read_ledger.ts";
import { financialTables } from "./tables.ts";

const { queries } = financialTables;

/** Of one message: others, as the end of pages, come in between; and so does the end of the process. */
const MOST_PAGES = 200;
/** Pages that are queued and not taken over yet, beyond which no more are. */
const MOST_WAITING = 64;
const WAITING_MS = 250;
/** Days of one message that are read again. */
const MOST_REPAIRS = 5;

type End = "read" | "more" | { readonly failure: Failure };

/**
 * Reads the ledger from the cursor to its end, then once more the days that do not match.
 *
 *   cursor ──► page ──► one job with its entries ┐
 *     ▲                                          ├ one commit
 *     └────────── the last position of the page ─┘
 *
 * - A job is queued in the commit that moves the cursor behind its entries: killed at any moment, each page is either queued
 *   and behind the cursor, or will be read again. A page that comes once more holds nothing behind the cursor.
 * - The jobs of one message are a batch; when it ends, totals are compared (reconcile.ts). Without any they are so at once.
 * - A failure ends the message; see fail.ts.
 */
export async function* sync(state: SyncState, { limit }: { limit: number }, ctx: Context): AsyncGenerator<void> {
  const { pages } = state;
  const end = yield* readOn(state, { limit, pages: pages + MOST_PAGES }, ctx);
  if (typeof end === "object") return fail(ctx, state, { ...end.failure, limit });
  if (end === "more") return ctx.tell(syncAt(ctx.tenant), "sync", { limit }, { delayMs: WAITING_MS });
  state.syncedAt = ctx.now();
  const failure = yield* readAgain(state, limit, ctx);
  if (failure !== null) return fail(ctx, state, { ...failure, limit });
  if (state.pages === pages) ctx.tell(syncAt(ctx.tenant), "reconcile", {});
}

async function* readOn(
  state: SyncState,
  { limit, pages }: { readonly limit: number; readonly pages: number },
  ctx: Context,
): AsyncGenerator<void, End> {
  for (;;) {
    if (state.pages >= pages || await isFarBehind(ctx)) return "more";
    const page = await readPage(ctx, { after: state.cursor, limit });
    ctx.signal.throwIfAborted();
    if ("failure" in page) return page;
    if (page.entries.length > 0) {
      queue(ctx, state, page.entries);
      state.cursor = page.entries.at(-1)!.position;
      ctx.progress({ done: state.cursor, note: `${state.entries} entries queued` });
    }
    if (page.isLast) return "read";
    yield;
  }
}

/** The entries of days that do not match, whatever is known of them. */
async function* readAgain(state: SyncState, limit: number, ctx: Context): AsyncGenerator<void, Failure | null> {
  const days = await ctx.query(queries.days, { isMismatched: true, after: "", limit: MOST_REPAIRS });
  for (const day of days) {
    // After a crash it goes on with the day that it was at.
    if (state.repair !== null && day < state.repair.day) continue;
    if (state.repair?.day !== day) state.repair = { day, cursor: 0 };
    for (let isLast = false; !isLast;) {
      const page = await readPage(ctx, { after: state.repair.cursor, limit, day });
      ctx.signal.throwIfAborted();
      if ("failure" in page) return page.failure;
      if (page.entries.length > 0) {
        queue(ctx, state, page.entries);
        state.repair.cursor = page.entries.at(-1)!.position;
      }
      isLast = page.isLast;
      yield;
    }
  }
  state.repair = null;
  return null;
}

function queue(ctx: Context, state: SyncState, entries: readonly LedgerEntry[]): void {
  ctx.spawn(ledgerPage, [{ entries: [...entries] }], { onAllDone: "pagesEnded" });
  state.pages++;
  state.entries += entries.length;
  recover(state);
}

async function isFarBehind(ctx: Context): Promise<boolean> {
  return await ctx.query(queries.waiting, { limit: MOST_WAITING }) >= MOST_WAITING;
}
