import type { LossVerdict } from "./contract.ts";
import type { Death } from "./inquest.ts";

/** What a child has told, and what was held against it, for the case that it dies. */
export class Testimony {
  #verdict: LossVerdict | null = null;
  #told: ReadonlySet<number> = new Set();
  #sight: Death["sight"];

  /** @param isLone it runs one delivery at a time */
  constructor(isLone: boolean) {
    this.#sight = isLone ? "lone" : "late";
  }

  /** It speaks. One that was given up for its silence was held up from outside: its turns are not accused. */
  heard(): void {
    if (this.#verdict === "hung") this.#verdict = "retired";
  }

  /** These turns may be executing. */
  suspects(turns: readonly number[]): void {
    this.#told = new Set(turns);
  }

  /** It holds too much memory; these turns may be executing, and it says nothing more. */
  lastWords(turns: readonly number[]): void {
    this.suspects(turns);
    this.#sight = "exact";
    this.#verdict ??= "out-of-memory";
  }

  /** However it dies from now on, it is for this. */
  givenUp(verdict: LossVerdict): void {
    this.#verdict = verdict;
  }

  death(outstanding: Death["outstanding"], { outOfMemory }: { outOfMemory: boolean }): Death {
    const verdict = this.#verdict ?? (outOfMemory ? "out-of-memory" : "child-lost");
    return { verdict, outstanding, told: this.#told, sight: this.#sight };
  }
}
