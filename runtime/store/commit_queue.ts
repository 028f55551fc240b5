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

export interface BatchBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** The part of a batch that is the appends' while outcomes wait as well. */
const APPENDS_PART = 1 / 4;
/** Batches in a row in which appends that wait may find no place. */
const MOST_WITHOUT = 3;

/**
 * Clearing, then outcomes, as they came; after them appends, one of each tenant in turn, each tenant's in order.
 *
 * Outcomes come first, but do not take everything: while both wait, a quarter of a batch's entries and bytes is the appends'
 * and the rest the outcomes'. So what is offered is accepted in bounded time, whatever there is to finish, and finishing
 * still goes three times as fast. Where the two parts do not fit together, because an append is larger than a quarter or
 * an outcome than the rest, three batches go to the outcomes and one to the append.
 */
export class CommitQueue {
  readonly #clearing = new Fifo<WaitingEntry>();
  readonly #outcomes = new Fifo<WaitingEntry>();
  /** The tenant that is next stands first. */
  readonly #appends = new Map<string, Fifo<WaitingEntry>>();
  readonly #inTurn: Source = {
    peek: () => this.#appends.values().next().value?.peek(),
    shift: () => this.#shiftAppend(),
  };
  #appendCount = 0;
  #bytes = 0;
  /** Batches in a row in which outcomes and appends waited and no append found a place. */
  #without = 0;

  get length(): number {
    return this.#clearing.length + this.#outcomes.length + this.#appendCount;
  }

  /** Of all that waits. */
  get bytes(): number {
    return this.#bytes;
  }

  get appends(): number {
    return this.#appendCount;
  }

  add(waiting: WaitingEntry): void {
    this.#bytes += waiting.bytes;
    if (waiting.urgency === "clearing") return this.#clearing.push(waiting);
    if (waiting.urgency === "outcome") return this.#outcomes.push(waiting);
    const { tenant } = waiting.entry;
    const queue = this.#appends.get(tenant) ?? new Fifo();
    queue.push(waiting);
    this.#appends.set(tenant, queue);
    this.#appendCount++;
  }

  /** The next batch; only its first entry may be larger than `maxBytes`, and is then alone. Empty when nothing waits. */
  take(bounds: BatchBounds): WaitingEntry[] {
    const batch = new Batch(bounds);
    const clearing = batch.fill(this.#clearing);
    const first = this.#outcomes.peek();
    if (first === undefined || this.#appendCount === 0) {
      this.#without = 0;
      return this.#taken([...clearing, ...batch.fill(this.#outcomes), ...batch.fill(this.#inTurn)]);
    }
    const part = { maxEntries: Math.floor(bounds.maxEntries * APPENDS_PART), maxBytes: bounds.maxBytes * APPENDS_PART };
    const appends = this.#without < MOST_WITHOUT
      ? batch.fill(this.#inTurn, { ...part, maxBytes: Math.min(part.maxBytes, batch.bytesLeft - first.bytes) })
      : batch.fill(this.#inTurn, { ...part, atLeastOne: true });
    const outcomes = batch.fill(this.#outcomes);
    if (this.#outcomes.length === 0) appends.push(...batch.fill(this.#inTurn));
    this.#without = appends.length > 0 ? 0 : this.#without + 1;
    return this.#taken([...clearing, ...outcomes, ...appends]);
  }

  takeAppends(): WaitingEntry[] {
    const taken: WaitingEntry[] = [];
    while (this.#appendCount > 0) taken.push(this.#shiftAppend());
    return this.#taken(taken);
  }

  takeClearing(): WaitingEntry | undefined {
    const clearing = this.#clearing.shift();
    this.#bytes -= clearing?.bytes ?? 0;
    return clearing;
  }

  takeAll(): WaitingEntry[] {
    return this.take({ maxEntries: Infinity, maxBytes: Infinity });
  }

  #taken(waiting: WaitingEntry[]): WaitingEntry[] {
    for (const { bytes } of waiting) this.#bytes -= bytes;
    return waiting;
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

type Source = Pick<Fifo<WaitingEntry>, "peek" | "shift">;

/** What has room in one batch, while it is put together. */
class Batch {
  #entriesLeft: number;
  #bytesLeft: number;
  #isEmpty = true;

  constructor({ maxEntries, maxBytes }: BatchBounds) {
    this.#entriesLeft = maxEntries;
    this.#bytesLeft = maxBytes;
  }

  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  /** Takes what has room and is within the part, in the source's order. */
  fill(source: Source, { maxEntries, maxBytes, atLeastOne = false }: Part = WHOLE): WaitingEntry[] {
    const taken: WaitingEntry[] = [];
    let bytes = 0;
    for (let next = source.peek(); next !== undefined && this.#hasRoom(next); next = source.peek()) {
      bytes += next.bytes;
      const isWithin = taken.length < maxEntries && bytes <= maxBytes;
      if (!isWithin && !(atLeastOne && taken.length === 0)) break;
      this.#entriesLeft--;
      this.#bytesLeft -= next.bytes;
      this.#isEmpty = false;
      taken.push(source.shift()!);
    }
    return taken;
  }

  #hasRoom({ bytes }: WaitingEntry): boolean {
    return this.#isEmpty || (this.#entriesLeft > 0 && bytes <= this.#bytesLeft);
  }
}

interface Part extends BatchBounds {
  /** Whatever its size, if the batch has room for it. */
  readonly atLeastOne?: boolean;
}

const WHOLE: Part = { maxEntries: Infinity, maxBytes: Infinity };
