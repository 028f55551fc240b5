import { RuntimeError } from "../core/errors.ts";
import type { StoredEvent } from "../store/contract.ts";
import type { Intake } from "./intake.ts";
import type { Pages } from "./pages.ts";
import type { Rounds } from "./rounds.ts";
import type { Tail } from "./tail.ts";

/** What a reader finds after its cursor. */
export type FeedStep =
  | { readonly step: "events"; readonly events: readonly StoredEvent[] }
  /** Events up to and including `trimmedTo` are gone; the cursor goes on from there. */
  | { readonly step: "gap"; readonly trimmedTo: number }
  /** The id is beyond the log (of another life of the file, or made up): the cursor goes on from `last`. */
  | { readonly step: "future"; readonly last: number };

/** Called once; null when the reader has ended, the feed has closed, or the log cannot be read. */
export type FeedAnswer = (step: FeedStep | null) => void;

export interface FeedReader {
  /** Number of the last event that was answered, or where it started. */
  readonly cursor: number;
  /** Asks for what follows. Answered within the call when that is at hand. One question at a time. */
  next(answer: FeedAnswer): void;
  /** Ends the reading: the tenant's newest events are kept in memory only while someone follows. */
  end(): void;
}

/** What the readers of one tenant share. */
export interface Followed {
  readonly tail: Tail;
  readonly intake: Intake;
  readonly rounds: Rounds<Cursor>;
  readers: number;
  readonly pages: Pages;
  readonly isClosed: () => boolean;
  readonly onLeft: () => void;
}

/** idle ──next()──► asked ──answered──► idle; asked: waiting for a round, or for the store. */
export class Cursor implements FeedReader {
  cursor: number;
  readonly #of: Followed;
  #answer: FeedAnswer | null = null;
  /** Whether the log's marks have been looked at since it began or was told of something that does not follow. */
  #checked = false;
  #ended = false;

  constructor(after: number, of: Followed) {
    this.cursor = after;
    this.#of = of;
  }

  next(answer: FeedAnswer): void {
    this.#answer = answer;
    this.advance();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#of.rounds.leave(this);
    this.#of.onLeft();
    this.#settle(null);
  }

  /** Answers, or sees to it that this is called again when there may be more. */
  advance(): void {
    const { tail, rounds } = this.#of;
    if (this.#answer === null) return;
    if (this.#ended || this.#of.isClosed()) return this.#settle(null);
    if (!this.#checked) return this.#await(this.#check());
    const events = tail.after(this.cursor);
    if (events === undefined) return this.#await(this.#readOn());
    if (events.length === 0) rounds.wait(this);
    else this.#take(events);
  }

  #await(work: Promise<void>): void {
    work.catch((thrown) => {
      const { intake, rounds } = this.#of;
      if (this.#ended || this.#of.isClosed() || !isPassing(thrown) || !intake.retryLater()) this.#settle(null);
      else rounds.wait(this);
    });
  }

  async #check(): Promise<void> {
    const { tail, intake } = this.#of;
    const { version } = tail;
    const { last, trimmedTo } = await intake.mark();
    this.#checked = true;
    intake.seen(last);
    if (this.cursor > last) this.#settle({ step: "future", last: this.cursor = last });
    else if (this.cursor < trimmedTo) this.#settle({ step: "gap", trimmedTo: this.cursor = trimmedTo });
    else if (this.cursor === last) this.#waitSince(version);
    else this.advance();
  }

  async #readOn(): Promise<void> {
    const { pages, tail } = this.#of;
    const { version, events } = pages.after(this.cursor, tail.version);
    const page = await events;
    if (this.#ended || this.#of.isClosed()) return this.#settle(null);
    if (page.length > 0) this.#take(page);
    else this.#waitSince(version);
  }

  /** There was nothing at that version. */
  #waitSince(version: number): void {
    const { tail, rounds } = this.#of;
    if (this.#ended || this.#of.isClosed() || tail.version !== version) this.advance();
    else rounds.wait(this);
  }

  #take(events: readonly StoredEvent[]): void {
    if (events[0]!.number !== this.cursor + 1) {
      this.#checked = false;
      return this.advance();
    }
    this.cursor = events.at(-1)!.number;
    this.#settle({ step: "events", events });
  }

  #settle(step: FeedStep | null): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.(step);
  }
}

/** The store is away, and will be there again. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof RuntimeError && thrown.retryable;
}
