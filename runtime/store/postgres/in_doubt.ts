import type { EntryResult, StoreEntry } from "../contract.ts";

/** A batch whose commit is under way. */
export interface Doubt {
  /** Which of the life's batches it is. */
  readonly commits: number;
  readonly batch: readonly StoreEntry[];
  /** What became of its entries if it was committed; `answer`: what the life's row says of its events. */
  resultsAfter(answer: string | null): readonly EntryResult[];
}

/**
 * What became of entries whose callers did not hear it.
 *
 *     known ──commit sent──► in doubt ──answered──► known
 *                               │ the connection was lost
 *                               ▼
 *                         asked of the next connection ──► known
 *
 * Results are kept for as long as somebody has the entry in his hands: only the same object is answered with them.
 */
export class LostAnswers {
  readonly #results = new WeakMap<StoreEntry, EntryResult>();
  #doubt: Doubt | undefined;
  /** Nearly always none: then nobody is asked for. */
  #hasAny = false;

  get isInDoubt(): boolean {
    return this.#doubt !== undefined;
  }

  doubt(doubt: Doubt): void {
    this.#doubt = doubt;
  }

  /** The answer came. */
  settle(): void {
    this.#doubt = undefined;
  }

  /** What the life's row says when the connection was lost. */
  resolve({ commits, answer }: { readonly commits: number; readonly answer: string | null }): void {
    const doubt = this.#doubt;
    this.#doubt = undefined;
    if (doubt?.commits === commits) this.keep(doubt.batch, doubt.resultsAfter(answer));
  }

  /** The batch is written, and its caller was told that this is not known. */
  keep(batch: readonly StoreEntry[], results: readonly EntryResult[]): void {
    this.#hasAny = true;
    for (const [index, entry] of batch.entries()) this.#results.set(entry, results[index]!);
  }

  /** Writes what is not known yet; the results are those of the whole batch, in its order. */
  async without(
    batch: readonly StoreEntry[],
    write: (rest: readonly StoreEntry[]) => Promise<readonly EntryResult[]>,
  ): Promise<readonly EntryResult[]> {
    const rest = this.#hasAny ? batch.filter((entry) => !this.#results.has(entry)) : batch;
    if (rest.length === batch.length) return await write(batch);
    const written = rest.length === 0 ? [] : await write(rest);
    let next = 0;
    return batch.map((entry) => this.#results.get(entry) ?? written[next++]!);
  }
}
