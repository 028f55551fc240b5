import { type Item, ITEM_NAMES } from "./items.ts";

export type Change = "created" | "updated" | "withdrawn";
export type ItemCounts = Record<Change, number>;
/** What a cycle changed, by item; those of which nothing changed are left out. */
export type Counts = Record<string, ItemCounts>;

export class Tally {
  readonly #counts = new Map<Item, ItemCounts>();

  add(item: Item, change: Change): void {
    const counts = this.#counts.get(item) ?? { created: 0, updated: 0, withdrawn: 0 };
    counts[change]++;
    this.#counts.set(item, counts);
  }

  get counts(): Counts {
    return Object.fromEntries(ITEM_NAMES.flatMap((item) => {
      const counts = this.#counts.get(item);
      return counts === undefined ? [] : [[item, counts]];
    }));
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }
}
