import { type Random, seededRandom } from "../../../runtime/core/random.ts";
import type { LedgerOptions, SimulatedEntry, SimulatedTotal } from "./contract.ts";

/** 2026-01-05T00:00:00Z. */
const FIRST_DAY_AT = 1_767_571_200_000;
const DAY_MS = 86_400_000;
const CURRENCIES = ["EUR", "EUR", "EUR", "CHF"];
const NAMES = ["wash", "membership", "refund", "water", "wages", "bank"];
/** Positions that are left out, of 1,000. */
const HOLES_PER_MILLE = 30;
const DAY_CHARS = "2026-01-05".length;

/** A tenant's entries in the order of their positions, always the same for the same seed and tenant. */
export function simulatedEntries(
  tenant: string,
  { seed, entries, accounts = 12, days = 10 }: Pick<LedgerOptions, "seed" | "entries" | "accounts" | "days">,
): readonly SimulatedEntry[] {
  const random = seededRandom(
    [...tenant].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), seed),
  );
  const below = (bound: number) => Math.floor(random.next() * bound);
  let position = 0;
  return Array.from({ length: entries }, (_, index) => {
    position++;
    while (random.next() * 1_000 < HOLES_PER_MILLE) position++;
    const account = below(accounts);
    const at = FIRST_DAY_AT + Math.floor(((index + random.next()) / entries) * days * DAY_MS);
    return {
      id: `${tenant}-${String(index + 1).padStart(7, "0")}`,
      position,
      account: `${4_000 + account}-${NAMES[account % NAMES.length]}`,
      amount: (random.next() < 0.3 ? -1 : 1) * (1 + below(500_000)),
      currency: CURRENCIES[below(CURRENCIES.length)]!,
      bookedAt: new Date(at).toISOString(),
    };
  });
}

/** By day and currency, in order. It stands on nothing of what counts in the product. */
export function totalsOf(entries: readonly SimulatedEntry[]): SimulatedTotal[] {
  const totals = new Map<string, SimulatedTotal>();
  for (const { bookedAt, currency, amount } of entries) {
    const day = bookedAt.slice(0, DAY_CHARS);
    const before = totals.get(`${day} ${currency}`) ?? { day, currency, entries: 0, amount: 0 };
    totals.set(`${day} ${currency}`, { ...before, entries: before.entries + 1, amount: before.amount + amount });
  }
  return [...totals].sort(([one], [other]) => one < other ? -1 : 1).map(([, total]) => total);
}

/** In any order, one of them twice in the place of the last, which can be read with the next page. */
export function reordered(entries: readonly SimulatedEntry[], random: Random): readonly SimulatedEntry[] {
  const below = (bound: number) => Math.floor(random.next() * bound);
  if (entries.length < 2) return entries;
  const page = [...entries.slice(0, -1), entries[below(entries.length - 1)]!];
  for (let index = page.length - 1; index > 0; index--) {
    const other = below(index + 1);
    [page[index], page[other]] = [page[other]!, page[index]!];
  }
  return page;
}
