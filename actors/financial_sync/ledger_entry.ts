import { z } from "zod";

/** What one page may hold: its text must fit into the message of one job. */
export const MOST_ENTRIES = 500;

const position = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Far from where the sum of a day's would be no exact number any more. */
const amount = z.int().min(-1_000_000_000_000).max(1_000_000_000_000);
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/, "must be 1-100 of A-Z, a-z, 0-9 and . _ : / -");
const currency = z.string().regex(/^[A-Z]{3}$/, "must be three capital letters");

/** An entry as a ledger tells of it. */
export const ledgerEntry = z.object({
  id: name,
  /** Its place among the tenant's entries, in the order in which they were booked; there may be holes. */
  position,
  account: name,
  /** In minor units; credits are negative. */
  amount,
  currency,
  /** UTC: its day is that of its control total. */
  bookedAt: z.iso.datetime({ precision: null }),
});

export type LedgerEntry = z.output<typeof ledgerEntry>;

/** The next entries after a position, at most as many as were asked for, and where the ledger ends now. */
export const entriesAnswer = z.object({
  entries: z.array(ledgerEntry).max(MOST_ENTRIES),
  lastPosition: count,
});

/** What the ledger says that the entries of a day come to, up to a position. */
export const controlTotal = z.object({
  currency,
  entries: count,
  /** In minor units. */
  amount: z.int(),
});

export type ControlTotal = z.output<typeof controlTotal>;

export const controlAnswer = z.object({
  day: z.string(),
  /** Each currency once. */
  totals: z.array(controlTotal).max(200),
});

/** The UTC day of an entry: `2026-01-05`. */
export function dayOf({ bookedAt }: Pick<LedgerEntry, "bookedAt">): string {
  return new Date(bookedAt).toISOString().slice(0, "2026-01-05".length);
}
