import type { SqlValue } from "../actor/tables.ts";

type Row = Readonly<Record<string, SqlValue>>;

/** Rows of one declared write that wait to be written together. */
export class GatheredRows {
  readonly #sumBy: readonly string[] | null;
  #rows: Row[] = [];
  readonly #sums = new Map<string, Record<string, SqlValue>>();

  /** `sumBy`: of a write that adds, the arguments that say to which row. */
  constructor(sumBy: readonly string[] | null) {
    this.#sumBy = sumBy;
  }

  add(row: Row): void {
    if (this.#sumBy === null) return void this.#rows.push(row);
    const key = JSON.stringify(this.#sumBy.map((name) => row[name]));
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { ...row });
    else addTo(sum, row, this.#sumBy);
  }

  /** In the order in which they came; sums in that of their keys, so that all who lock several rows lock them in one order. */
  get rows(): readonly Row[] {
    if (this.#sumBy === null) return this.#rows;
    return [...this.#sums].sort(([one], [other]) => one < other ? -1 : 1).map(([, sum]) => sum);
  }
}

/** Numbers are added; of other values the first that is not null is kept. */
function addTo(sum: Record<string, SqlValue>, row: Row, sumBy: readonly string[]): void {
  for (const name in row) {
    if (sumBy.includes(name)) continue;
    const [before, more] = [sum[name]!, row[name]!];
    sum[name] = typeof before === "number" && typeof more === "number" ? before + more : before ?? more;
  }
}
