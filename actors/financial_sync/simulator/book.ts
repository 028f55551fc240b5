import type { LedgerOptions, SimulatedEntry, SimulatedTotal } from "./contract.ts";
import { simulatedEntries, totalsOf } from "./entries.ts";

/** The entries of one tenant, of which some can be read, and how they are told. */
export class Book {
  readonly all: readonly SimulatedEntry[];
  /** By position. */
  readonly #misstated = new Map<number, number | null>();

  constructor(tenant: string, options: LedgerOptions) {
    this.all = simulatedEntries(tenant, options);
  }

  upTo(released: number, position = Infinity): readonly SimulatedEntry[] {
    return this.all.slice(0, released).filter((entry) => entry.position <= position);
  }

  /** What is told after a position, or before it where it is told once more. */
  page(
    released: number,
    { after, limit, day, repeated }: { after: number; limit: number; day: string | null; repeated: boolean },
  ): readonly SimulatedEntry[] {
    const ofDay = this.upTo(released).filter(({ bookedAt }) => day === null || bookedAt.startsWith(day));
    const page = repeated
      ? ofDay.filter(({ position }) => position <= after).slice(-limit)
      : ofDay.filter(({ position }) => position > after).slice(0, limit);
    return page.flatMap((entry) => {
      const amount = this.#misstated.get(entry.position);
      return amount === null ? [] : [amount === undefined ? entry : { ...entry, amount }];
    });
  }

  lastPosition(released: number, day: string | null = null): number {
    return this.page(released, { after: 0, limit: Infinity, day, repeated: false }).at(-1)?.position ?? 0;
  }

  totals(released: number, position?: number): SimulatedTotal[] {
    return totalsOf(this.upTo(released, position));
  }

  misstate(position: number, amount: number | null): void {
    this.#misstated.set(position, amount);
  }

  mend(): void {
    this.#misstated.clear();
  }
}
