import type { EntryResult, StoreEntry } from "./contract.ts";
import { Fifo } from "./fifo.ts";

/**
 * `outcome`: work that was done and must not be lost. `append`: work that is offered and may be turned away. `clearing`:
 * removes rows, so it makes room where that is wanting; never turned away either.
 */
export type Urgency = "outcome" | "append" | "clearing";

/** An entry whose caller waits for its result. */
export interface WaitingEntry {
  readonly entry: StoreEntry;
  readonly urgency: Urgency;
  readonly bytes: number;
  readonly resolve: (result: EntryResult) => void;
  readonly reject: (reason: unknown) => void;
}

/** Clearing, then outcomes, as they came; after them appends, one of each tenant in turn, each tenant's in order. */
export class CommitQueue {
  readonly #clearing = new Fifo<WaitingEntry>();
  readonly #outcomes = new Fifo<WaitingEntry>();
  /** The tenant that is next stands first. */
  readonly #appends = new Map<string, Fifo<WaitingEntry>>();
  #appendCount = 0;

  get length(): number {
    return this.#clearing.length + this.#outcomes.length + this.#appendCount;
  }

  get appends(): number {
    return this.#appendCount;
  }

  add(waiting: WaitingEntry): void {
    if (waiting.urgency === "clearing") return this.#clearing.push(waiting);
    if (waiting.urgency === "outcome") return this.#outcomes.push(waiting);
    const { tenant } = waiting.entry;
    const queue = this.#appends.get(tenant) ?? new Fifo();
    queue.push(waiting);
    this.#appends.set(tenant, queue);
    this.#appendCount++;
  }

  /** The next batch; only its first entry may be larger than `maxBytes`, and is then alone. Empty when nothing waits. */
  take({ maxEntries, maxBytes }: { maxEntries: number; maxBytes: number }): WaitingEntry[] {
    const batch: WaitingEntry[] = [];
    let bytes = 0;
    for (let next = this.#peek(); next !== undefined && batch.length < maxEntries; next = this.#peek()) {
      bytes += next.bytes;
      if (batch.length > 0 && bytes > maxBytes) break;
      batch.push(next);
      this.#shift();
    }
    return batch;
  }

  takeAppends(): WaitingEntry[] {
    const taken: WaitingEntry[] = [];
    while (this.#appendCount > 0) taken.push(this.#shiftAppend());
    return taken;
  }

  takeClearing(): WaitingEntry | undefined {
    return this.#clearing.shift();
  }

  takeAll(): WaitingEntry[] {
    return this.take({ maxEntries: Infinity, maxBytes: Infinity });
  }

  #peek(): WaitingEntry | undefined {
    return this.#clearing.peek() ?? this.#outcomes.peek() ?? this.#appends.values().next().value?.peek();
  }

  #shift(): void {
    if (this.#clearing.shift() === undefined && this.#outcomes.shift() === undefined) this.#shiftAppend();
  }

  #shiftAppend(): WaitingEntry {
    const [tenant, queue] = this.#appends.entries().next().value!;
    const first = queue.shift()!;
    this.#appends.delete(tenant);
    if (queue.length > 0) this.#appends.set(tenant, queue);
    this.#appendCount--;
    return first;
  }
}
