import type { RateLimit } from "../actor/upstream.ts";

/*
 * The limit of an upstream, as pure functions over a state that travels as JSON. Instants are ms since the epoch.
 *
 * A token bucket is kept as the instant at which it is full again (the generic cell rate algorithm: no rounding adds up,
 * and nothing has to be refilled). At `now` it holds (now + windowMs - fullAt) / (windowMs / limit) tokens.
 *
 * A sliding window keeps, for each of the last `limit` requests, the latest instant at which it can have reached the other
 * side: `lateMs` after it was taken, until its answer says better. So what the other side counts is at most `limit` in any
 * window, however long the way was; a request that did not begin by then must be taken again.
 *
 * A clock that was set back makes nobody wait longer than a full window, or a day where the other side asked to wait.
 */
export interface LimitBook {
  /** No request before: the other side said so. */
  readonly waitUntil: number;
  /** Of a token bucket. */
  readonly fullAt: number;
  /** Of a sliding window; rising. */
  readonly reached: readonly number[];
}

export const EMPTY_BOOK: LimitBook = { waitUntil: 0, fullAt: 0, reached: [] };
export const LONGEST_WAIT_MS = 24 * 60 * 60 * 1_000;
/** No request is taken for reaching the other side later than this. */
export const LATEST_MS = 10_000;
/** More than a number of this size loses of its fraction. */
const ROUNDED_MS = 2e-3;

/** A declared rate; null: none but what the other side says. */
type Rate = RateLimit | null;

export function formatBook({ waitUntil, fullAt, reached }: LimitBook): string {
  return JSON.stringify({ waitUntil, fullAt, reached });
}

/** @throws {SyntaxError} when it is none that {@linkcode formatBook} wrote */
export function parseBook(state: string): LimitBook {
  return { ...EMPTY_BOOK, ...JSON.parse(state) };
}

/** The instant from which the `nth` request from now may begin; `now` when it may at once. */
export function availableAt(book: LimitBook, rate: Rate, { now, nth }: { now: number; nth: number }): number {
  return Math.max(now, waitUntil(book, now), rateAllows(book, rate, { now, nth }));
}

/** How many requests may begin at once; null when nothing limits them. */
export function remaining(book: LimitBook, rate: Rate, now: number): number | null {
  if (waitUntil(book, now) > now) return 0;
  if (rate === null) return null;
  if (rate.kind === "sliding-window") return Math.max(0, rate.limit - inWindow(book, rate, now).length);
  return Math.floor((now + rate.windowMs - fullAt(book, rate, now) + ROUNDED_MS) / (rate.windowMs / rate.limit));
}

interface Taking {
  readonly now: number;
  readonly count: number;
  /** How much later a request of a sliding window may reach the other side. */
  readonly lateMs: number;
}

/** The book after `count` requests of those that {@linkcode remaining} allows. */
export function taken(book: LimitBook, rate: Rate, { now, count, lateMs }: Taking): LimitBook {
  if (rate === null) return book;
  if (rate.kind === "sliding-window") {
    const own = Array<number>(count).fill(now + lateMs);
    return { ...book, reached: [...inWindow(book, rate, now), ...own].sort((a, b) => a - b) };
  }
  return { ...book, fullAt: fullAt(book, rate, now) + count * (rate.windowMs / rate.limit) };
}

/** A request of a sliding window that was thought to reach the other side by `from` did so by `to`. */
export function reachedBy(book: LimitBook, from: number, to: number): LimitBook {
  const index = book.reached.indexOf(from);
  return index === -1 ? book : { ...book, reached: book.reached.with(index, to).sort((a, b) => a - b) };
}

/** The other side asked for no request before `until`. */
export function held(book: LimitBook, until: number): LimitBook {
  return until > book.waitUntil ? { ...book, waitUntil: until } : book;
}

/** The instant from which the book says no more than an empty one. */
export function idleAt(book: LimitBook, rate: Rate): number {
  const last = rate?.kind === "sliding-window" ? (book.reached.at(-1) ?? 0) + rate.windowMs : book.fullAt;
  return Math.ceil(Math.max(book.waitUntil, rate === null ? 0 : last));
}

/** Until when the other side wants no request; not after `now` when it does not say. */
export function waitUntil(book: LimitBook, now: number): number {
  return Math.min(book.waitUntil, now + LONGEST_WAIT_MS);
}

function rateAllows(book: LimitBook, rate: Rate, { now, nth }: { now: number; nth: number }): number {
  if (rate === null) return now;
  const { limit, windowMs } = rate;
  if (rate.kind === "token-bucket") {
    return Math.ceil(fullAt(book, rate, now) + (nth - limit) * (windowMs / limit) - ROUNDED_MS / 2);
  }
  const reached = inWindow(book, rate, now);
  const free = limit - reached.length;
  if (nth <= free) return now;
  const before = nth - free - 1;
  // Those who come after all of these begin when they have left the window, a full one at a time.
  const rounds = Math.floor(before / limit);
  return (reached[before] ?? (reached.at(-1) ?? now) + windowMs * rounds) + windowMs;
}

function fullAt(book: LimitBook, { windowMs }: RateLimit, now: number): number {
  return Math.min(Math.max(book.fullAt, now), now + windowMs);
}

function inWindow({ reached }: LimitBook, { windowMs }: RateLimit, now: number): number[] {
  return reached.filter((at) => at > now - windowMs).map((at) => Math.min(at, now + LATEST_MS));
}
