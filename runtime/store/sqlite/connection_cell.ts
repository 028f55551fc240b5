/** What the cell holds; no other number ever does. */
const FREE = 0;
const TAKEN = 1;
const RECALLED = 2;

/**
 * Whether a worker may use a connection, in memory that both threads see, so that the worker hears of an end before the
 * calls that wait for it. free → taken → recalled, or free → recalled: then there never is a connection.
 */
export class ConnectionCell {
  /** What the other thread makes its own view of. */
  readonly shared: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#state = new Int32Array(shared);
  }

  get isRecalled(): boolean {
    return Atomics.load(this.#state, 0) === RECALLED;
  }

  /** By the worker, before it opens its connection. @returns false when it may not */
  take(): boolean {
    return Atomics.compareExchange(this.#state, 0, FREE, TAKEN) === FREE;
  }

  /** By the other side. @returns whether there may be a connection to be closed */
  recall(): boolean {
    return Atomics.exchange(this.#state, 0, RECALLED) === TAKEN;
  }
}
