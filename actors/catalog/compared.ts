import type { Change } from "./counts.ts";

/** What a person is told of a brand: `updated`, when only what it offers is other than before, too. */
export interface ToldBrand {
  readonly brand: string;
  /** Null where it is listed no more. */
  readonly name: string | null;
  readonly change: Change;
  readonly products: Readonly<Record<Change, number>>;
}

/** What a comparison came to, beside what it staged. */
export interface Compared {
  /** How many the answer lists, those that were set aside included. */
  readonly listed: number;
  readonly setAside: number;
  readonly told: readonly ToldBrand[];
}
