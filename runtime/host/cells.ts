/**
 * Memory shared by a worker and its pool: one cell for each piece of work (a delivery or a question) in the worker's
 * hands, and a beat that the worker's event loop counts. The pool reads it without the worker's help, so at every
 * moment, and after every kind of death, it knows exactly which turns had started.
 *
 * ```
 * free ──post──► posted ──claim (worker)──► claimed ──release──► free
 *                  └─────recall (pool)────► recalled ──release──► free
 * ```
 * `claim` and `recall` are one compare-and-swap from `posted`, so exactly one of them succeeds. The word that is swapped
 * bears a ticket beside the state: a worker that comes late to recalled work cannot take what was posted in that cell
 * since. Within claimed work the envelopes run in order, so one number says how far it is: for each envelope it counts the
 * start of its handler, the handler's first wait, and the end of the turn. A handler that has not waited yet holds the
 * loop: nothing else can be executing in that worker.
 */
export class WorkCells {
  readonly buffer: SharedArrayBuffer;
  readonly #beat: Int32Array;
  readonly #words: Int32Array;
  readonly #steps: Int32Array;
  readonly #startedAt: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.buffer = buffer;
    this.#beat = new Int32Array(buffer, 0, 1);
    this.#startedAt = new Float64Array(buffer, 8, CELL_COUNT);
    this.#words = new Int32Array(buffer, 8 + 8 * CELL_COUNT, CELL_COUNT);
    this.#steps = new Int32Array(buffer, 8 + 12 * CELL_COUNT, CELL_COUNT);
  }

  /** Worker: the event loop is alive. */
  beat(): void {
    Atomics.add(this.#beat, 0, 1);
  }

  beats(): number {
    return Atomics.load(this.#beat, 0);
  }

  /** Pool: before the work is sent. */
  post({ cell, ticket }: Place): void {
    Atomics.store(this.#steps, cell, 0);
    Atomics.store(this.#words, cell, word(ticket, POSTED));
  }

  /** Worker: false when the work was recalled. */
  claim({ cell, ticket }: Place): boolean {
    return this.#swap(cell, word(ticket, POSTED), word(ticket, CLAIMED));
  }

  /** Pool: false when the worker has claimed the work. */
  recall({ cell, ticket }: Place): boolean {
    return this.#swap(cell, word(ticket, POSTED), word(ticket, RECALLED));
  }

  /** Worker: the handler of envelope `index` is about to run. */
  begin(cell: number, index: number, startedAt: number): void {
    this.#startedAt[cell] = startedAt;
    Atomics.store(this.#steps, cell, STEPS * index + 1);
  }

  /** Worker: that handler has given the loop back for the first time. */
  wait(cell: number, index: number): void {
    Atomics.store(this.#steps, cell, STEPS * index + 2);
  }

  /** Worker: the turn of envelope `index` has ended. */
  end(cell: number, index: number): void {
    Atomics.store(this.#steps, cell, STEPS * (index + 1));
  }

  /** Pool: how far posted work is. */
  read({ cell, ticket }: Place): Step {
    if (Atomics.load(this.#words, cell) !== word(ticket, CLAIMED)) return { step: "unclaimed" };
    const step = Atomics.load(this.#steps, cell);
    const index = Math.floor(step / STEPS);
    if (step % STEPS === 0) return { step: "between", ended: index };
    return { step: "running", index, startedAt: this.#startedAt[cell] ?? 0, holdsLoop: step % STEPS === 1 };
  }

  #swap(cell: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, cell, from, to) === from;
  }
}

/** Where a piece of work lies; `ticket` tells it from what lay in the cell before. */
export interface Place {
  readonly cell: number;
  readonly ticket: number;
}

/** How far a worker is with a piece of work; `startedAt` in ms since the epoch, by the worker's clock. */
export type Step =
  | { readonly step: "unclaimed" }
  | { readonly step: "between"; readonly ended: number }
  | { readonly step: "running"; readonly index: number; readonly startedAt: number; readonly holdsLoop: boolean };

export const CELL_COUNT = 320;

const BYTES = 8 + 16 * CELL_COUNT;
/** How far one envelope counts. */
const STEPS = 3;
const POSTED = 1;
const CLAIMED = 2;
const RECALLED = 3;
const TICKETS = 2 ** 29;

/** Fits an Int32; a ticket comes round again after 2^29 postings in one worker's life. */
function word(ticket: number, state: number): number {
  return ((ticket % TICKETS) * 4 + state) | 0;
}
