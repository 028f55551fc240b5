// @ts-check
import { listDeadLetters } from "./control_api.js";

/** @typedef {import("./control_api.js").DeadLetter} DeadLetter */

const PAGE_SIZE = 50;

/**
 * The dead letters that are shown, newest first. What came to be is read, what went is taken out at once; an answer that
 * was asked for before does not bring it back.
 */
export class DeadLetterList {
  /** @type {readonly DeadLetter[]} */
  shown = [];
  /** @type {"loading" | "loaded" | "failed"} */
  state = "loading";
  /** @type {string | null} */
  #cursor = null;
  /** Ids that went while something was read. @type {Set<string>} */
  #gone = new Set();
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  get hasMore() {
    return this.#cursor !== null;
  }

  /**
   * Reads the first page anew; older ones that were read before stay, unless all of it is to be forgotten.
   * @param {{ whole?: boolean }} options
   * @returns {Promise<void>}
   * @throws {import("./api.js").Problem}
   */
  async load({ whole = false } = {}) {
    await this.#read(undefined, (items, nextCursor) => {
      const last = items.at(-1);
      const ids = new Set(items.map(({ id }) => id));
      const older = whole || last === undefined || nextCursor === null
        ? []
        : this.shown.filter((letter) => !ids.has(letter.id) && isOlder(letter, last));
      if (older.length === 0) this.#cursor = nextCursor;
      this.shown = [...items, ...older];
    });
  }

  /**
   * Reads the next page.
   * @returns {Promise<void>}
   * @throws {import("./api.js").Problem}
   */
  async loadMore() {
    if (this.#cursor === null) return;
    await this.#read(this.#cursor, (items, nextCursor) => {
      const ids = new Set(items.map(({ id }) => id));
      this.#cursor = nextCursor;
      this.shown = [...this.shown.filter(({ id }) => !ids.has(id)), ...items];
    });
  }

  /**
   * @param {string} id
   * @returns {void}
   */
  remove(id) {
    this.#gone.add(id);
    if (!this.shown.some((letter) => letter.id === id)) return;
    this.shown = this.shown.filter((letter) => letter.id !== id);
    this.#onChange();
  }

  /**
   * @param {string | undefined} cursor
   * @param {(items: readonly DeadLetter[], nextCursor: string | null) => void} adopt
   */
  async #read(cursor, adopt) {
    const gone = this.#gone = new Set();
    try {
      const { items, nextCursor } = await listDeadLetters({ limit: PAGE_SIZE, cursor });
      adopt(items.filter(({ id }) => !gone.has(id)), nextCursor);
      this.state = "loaded";
    } catch (thrown) {
      this.state = this.state === "loaded" ? "loaded" : "failed";
      throw thrown;
    } finally {
      this.#onChange();
    }
  }
}

/**
 * @param {DeadLetter} one
 * @param {DeadLetter} other
 */
function isOlder(one, other) {
  return one.diedAt < other.diedAt || (one.diedAt === other.diedAt && one.id < other.id);
}
