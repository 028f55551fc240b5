import type { Verdict } from "./verdict.ts";

/** Half of what an outcome may hold: there is the state as well. */
const COMMIT_ROWS = 1_000;
const COMMIT_CHARS = 512 * 1024;
/** The names of a write's arguments, and its numbers. */
const ARGUMENT_CHARS = 100;

/** What still fits before the next commit point. */
export class CommitRoom {
  readonly #overheadChars: number;
  #rows = 0;
  #chars = 0;

  /** `textChars`: what each row carries besides its own text. */
  constructor({ textChars }: { textChars: number }) {
    this.#overheadChars = textChars + ARGUMENT_CHARS;
  }

  /** Counts it in; false when a commit point must come before it, and the room is then that of the next one. */
  takes(verdict: Verdict): boolean {
    const chars = JSON.stringify(verdict).length + this.#overheadChars;
    const fits = this.#rows < COMMIT_ROWS && this.#chars + chars <= COMMIT_CHARS;
    this.#rows = fits ? this.#rows + 1 : 1;
    this.#chars = fits ? this.#chars + chars : chars;
    return fits;
  }
}
