import type { RateLimit } from "../actor/upstream.ts";
import type { LimitStore } from "./contract.ts";
import * as limits from "./limits.ts";

/**
 * The book of one key as this node knows it, and its way to the store. What is asked of it is done one after another.
 *
 *   unknown ──read──► known ──write──► known, or unknown: another node has changed it, or nobody can say whether it is there
 */
export class KeptBook {
  readonly #key: string;
  readonly #rate: RateLimit | null;
  readonly #store: LimitStore;
  #book = limits.EMPTY_BOOK;
  #version = 0;
  #known = false;
  /** Instants that turned out otherwise, to be written with what is taken next. */
  #corrections: { readonly from: number; readonly to: number }[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor({ key, rate, store }: { key: string; rate: RateLimit | null; store: LimitStore }) {
    this.#key = key;
    this.#rate = rate;
    this.#store = store;
  }

  get now(): limits.LimitBook {
    return this.#book;
  }

  /** What is known is what holds: no other node writes, or none has since. */
  get isKnown(): boolean {
    return this.#known;
  }

  /** Something has turned out otherwise than is written. */
  get isAhead(): boolean {
    return this.#corrections.length > 0;
  }

  /** One after another, whatever becomes of those before. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#last.then(work, work);
    this.#last = own.catch(() => {});
    return own;
  }

  /** In turn only, as `write`. */
  async read(): Promise<void> {
    const stored = await this.#store.read(this.#key);
    const { waitUntil } = this.#book;
    // A wait that could not be written holds here all the same.
    this.#adopt(limits.held(stored === null ? limits.EMPTY_BOOK : limits.parseBook(stored.state), waitUntil));
    this.#version = stored?.version ?? 0;
    this.#known = true;
  }

  /** Durable when it resolves. False: it must be read anew. */
  async write(book: limits.LimitBook): Promise<boolean> {
    const corrected = this.#corrections.length;
    const next = {
      state: limits.formatBook(book),
      version: this.#version + 1,
      idleAt: limits.idleAt(book, this.#rate),
    };
    this.#known = false;
    if (!await this.#store.write(this.#key, next)) return false;
    // What was asked of it meanwhile is not in what was written.
    const { waitUntil } = this.#book;
    this.#corrections = this.#corrections.slice(corrected);
    this.#adopt(limits.held(book, waitUntil));
    this.#version = next.version;
    this.#known = true;
    return true;
  }

  /** At once here, durable when it resolves. */
  async hold(until: number): Promise<void> {
    this.#book = limits.held(this.#book, until);
    await this.inTurn(async () => {
      do {
        if (!this.#known) await this.read();
      } while (!await this.write(limits.held(this.#book, until)));
    });
  }

  /** A request reached the other side by another instant than was written. */
  correct(from: number, to: number): void {
    this.#corrections.push({ from, to });
    this.#book = limits.reachedBy(this.#book, from, to);
  }

  #adopt(book: limits.LimitBook): void {
    this.#book = this.#corrections.reduce((changed, { from, to }) => limits.reachedBy(changed, from, to), book);
  }
}
