import type { KeptBook } from "./kept_book.ts";

interface Request {
  /** The instant that the book has for it, ms since the epoch. */
  at: number;
}

/** The requests of a sliding window that are not answered yet, and what the book says of them. */
export class UnderWay {
  readonly #requests = new Set<Request>();
  readonly #book: KeptBook;

  constructor(book: KeptBook) {
    this.#book = book;
  }

  get size(): number {
    return this.#requests.size;
  }

  /** When the book says that the first of them has reached the other side; `Infinity` when there is none. */
  get earliest(): number {
    let earliest = Infinity;
    for (const { at } of this.#requests) earliest = Math.min(earliest, at);
    return earliest;
  }

  begin(at: number): Request {
    const request = { at };
    this.#requests.add(request);
    return request;
  }

  /** It has reached the other side by `now`. `mayBeEarlier`: than the book says. */
  end(request: Request, { now, mayBeEarlier }: { now: number; mayBeEarlier: boolean }): void {
    this.#requests.delete(request);
    if (mayBeEarlier || now > request.at) this.#book.correct(request.at, now);
  }

  /** Those that the book says have arrived by `now` may do so as late as `to`. */
  extend(now: number, to: number): void {
    for (const request of this.#requests) {
      if (request.at > now) continue;
      this.#book.correct(request.at, to);
      request.at = to;
    }
  }
}
