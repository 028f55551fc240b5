import type { Context } from "../authoring.ts";
import { Tally } from "./counts.ts";
import { contentHash, type Item, ITEMS, type ItemSpec, type ItemValues, keyText } from "./items.ts";
import type { Part } from "./rows.ts";
import type { Known } from "./sync_queries.ts";
import { catalogTables } from "./tables.ts";

const { writes } = catalogTables;

/** What one outcome stages, and one more product: as a text within JSON it may become twice as long. */
const FULL_CHARS = 250_000;

/** Known rows by their key's text. */
export type KnownRows = ReadonlyMap<string, Known>;

export function knownRows(rows: readonly Known[]): KnownRows {
  return new Map(rows.map((row) => [keyText(row.key), row]));
}

/** Compares rows with what is known of them, and gathers those that are other than before; whoever uses it yields when full. */
export class Stager {
  readonly tally = new Tally();
  readonly #part: Part;
  readonly #rows = new Map<string, string[]>();
  #chars = 0;
  #seq = 0;

  constructor(part: Part) {
    this.#part = part;
  }

  get isFull(): boolean {
    return this.#chars >= FULL_CHARS;
  }

  /** Whether anything was staged, or will be. */
  get isUsed(): boolean {
    return this.#seq > 0 || this.#rows.size > 0;
  }

  /** Answers whether the row is other than what is known. */
  compare(item: Item, values: ItemValues, known: KnownRows): boolean {
    const { keys }: ItemSpec = ITEMS[item];
    const before = known.get(keyText(values.slice(0, keys.length)));
    const hash = contentHash(values.slice(keys.length));
    if (before !== undefined && before.status === "active" && before.hash === hash) return false;
    this.tally.add(item, before === undefined || before.status === "announced" ? "created" : "updated");
    this.add(item, [...values, hash]);
    return true;
  }

  withdraw(item: Item, key: readonly string[]): void {
    this.tally.add(item, "withdrawn");
    this.add(`${item}-gone`, key);
  }

  /** Those that are listed and not among these; answers how many. */
  withdrawOthers(item: Item, known: Iterable<Known>, listed: ReadonlySet<string>): number {
    let gone = 0;
    for (const { key, status } of known) {
      if (status !== "active" || listed.has(keyText(key))) continue;
      this.withdraw(item, key);
      gone++;
    }
    return gone;
  }

  add(item: string, values: ItemValues): void {
    const text = JSON.stringify(values);
    const rows = this.#rows.get(item);
    if (rows === undefined) this.#rows.set(item, [text]);
    else rows.push(text);
    this.#chars += text.length + 1;
  }

  /** With the next commit. What an earlier life has staged goes with the first. */
  stage(ctx: Context): void {
    if (this.#rows.size === 0) return;
    if (this.#seq === 0) ctx.write(writes.cleared, { part: this.#part });
    for (const [item, rows] of this.#rows) {
      ctx.write(writes.staged, { part: this.#part, item, seq: this.#seq++, text: `[${rows.join(",")}]` });
    }
    this.#rows.clear();
    this.#chars = 0;
  }

  /** Does the work of `steps`, one after the other; whenever it is full there is a commit point, which a yield is. */
  async *through(ctx: Context, steps: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<void, void> {
    for await (const _ of steps) {
      if (!this.isFull) continue;
      this.stage(ctx);
      yield;
    }
  }
}
