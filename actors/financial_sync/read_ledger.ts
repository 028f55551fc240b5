import { type Context, RuntimeError } from "../authoring.ts";
import { controlAnswer, type ControlTotal, entriesAnswer, type LedgerEntry } from "./ledger_entry.ts";
import { ledger } from "./upstream.ts";

/** Why something could not be had from the ledger, in words, and for how long it wants to be left alone. */
export interface Failure {
  readonly reason: string;
  readonly retryAfterMs: number;
}

/** What is new of a page, in the order of positions, and whether there is more behind it. */
export type ReadPage =
  | { readonly entries: readonly LedgerEntry[]; readonly isLast: boolean }
  | { readonly failure: Failure };

export type ReadControl =
  | { readonly totals: readonly ControlTotal[] }
  | { readonly failure: Failure };

/** What follows a position, of one day or of all. Never rejects. A page that comes again holds nothing new. */
export async function readPage(
  ctx: Context,
  { after, limit, day }: { readonly after: number; readonly limit: number; readonly day?: string },
): Promise<ReadPage> {
  const query = new URLSearchParams({ tenant: ctx.tenant, after: `${after}`, limit: `${limit}` });
  if (day !== undefined) query.set("day", day);
  try {
    const page = await ctx.fetch(ledger, `/entries?${query}`, entriesAnswer);
    const byPosition = new Map(page.entries.map((entry) => [entry.position, entry]));
    const entries = [...byPosition.values()].filter(({ position }) => position > after)
      .sort((one, other) => one.position - other.position);
    const last = entries.at(-1)?.position ?? after;
    if (entries.length === 0 && page.lastPosition > after) return { failure: NOTHING_NEW };
    return { entries, isLast: last >= page.lastPosition };
  } catch (thrown) {
    return { failure: failureOf(thrown) };
  }
}

/** What the ledger says that a day comes to, up to a position. Never rejects. */
export async function readControl(
  ctx: Context,
  { day, through }: { readonly day: string; readonly through: number },
): Promise<ReadControl> {
  const query = new URLSearchParams({ tenant: ctx.tenant, day, through: `${through}` });
  try {
    const control = await ctx.fetch(ledger, `/control-totals?${query}`, controlAnswer);
    if (control.day !== day) return { failure: OTHER_DAY };
    return { totals: control.totals };
  } catch (thrown) {
    return { failure: failureOf(thrown) };
  }
}

const NOTHING_NEW: Failure = {
  reason: "The ledger's page holds nothing new, although it says that there is more",
  retryAfterMs: 0,
};
const OTHER_DAY: Failure = { reason: "The ledger told the control total of another day", retryAfterMs: 0 };

function failureOf(thrown: unknown): Failure {
  const { message, retryAfterMs } = thrown instanceof RuntimeError
    ? thrown
    : new RuntimeError("internal", String(thrown));
  return { reason: message, retryAfterMs: retryAfterMs ?? 0 };
}
