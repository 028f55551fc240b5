import type { Context } from "../authoring.ts";
import { fail, recover } from "./fail.ts";
import type { ControlTotal } from "./ledger_entry.ts";
import type { SyncState } from "./messages.ts";
import { readControl } from "./read_ledger.ts";
import type { DailyTotalRow } from "./rows.ts";
import { financialTables } from "./tables.ts";

const { queries, writes } = financialTables;

const DAYS_AT_ONCE = 50;

/**
 * Compares what each day that has changed, or did not match, comes to with what the ledger says up to the cursor. While pages
 * are queued there is nothing to compare, as some of what is before the cursor is not counted yet: the end of their batch
 * comes here again. No page is queued meanwhile, as who queues them is this actor; one that a person retries changes what is
 * compared, then the commit is refused and it is done anew.
 */
export async function* reconcile(state: SyncState, ctx: Context): AsyncGenerator<void> {
  if (await ctx.query(queries.waiting, { limit: 1 }) > 0) return;
  let after = "";
  for (;;) {
    const days = await ctx.query(queries.days, { isMismatched: false, after, limit: DAYS_AT_ONCE });
    if (days.length === 0) break;
    for (const day of days) {
      const control = await readControl(ctx, { day, through: state.cursor });
      ctx.signal.throwIfAborted();
      if ("failure" in control) return fail(ctx, state, control.failure);
      const known = await ctx.query(queries.totalsOf, { day });
      compare(ctx, day, { known, control: control.totals });
      yield;
    }
    after = days.at(-1)!;
  }
  state.reconciledAt = ctx.now();
  recover(state);
}

/** A mismatch is told once, until it is mended. */
function compare(
  ctx: Context,
  day: string,
  { known, control }: { readonly known: readonly DailyTotalRow[]; readonly control: readonly ControlTotal[] },
): void {
  const knownBy = new Map(known.map((total) => [total.currency, total]));
  const controlBy = new Map(control.map((total) => [total.currency, total]));
  for (const currency of new Set([...knownBy.keys(), ...controlBy.keys()])) {
    const before = knownBy.get(currency);
    const { entries, amount } = before ?? { entries: 0, amount: 0 };
    const { entries: controlEntries, amount: controlAmount } = controlBy.get(currency) ?? { entries: 0, amount: 0 };
    const isMatch = entries === controlEntries && amount === controlAmount;
    const figures = { day, currency, entries, amount, controlEntries, controlAmount };
    ctx.write(writes.checked, { ...figures, status: isMatch ? "matched" : "mismatched", at: ctx.now() });
    const wasMismatch = before?.status === "mismatched";
    if (isMatch && wasMismatch) ctx.emit("financial-sync.mended", figures);
    if (isMatch || wasMismatch) continue;
    ctx.log.warn("control total does not match", figures);
    ctx.emit("financial-sync.mismatch", figures);
  }
}
