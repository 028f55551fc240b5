import type { LiveNote, Outcome, TurnRequest } from "../actor/outcome.ts";

/**
 * What a runner tells in one go. Notes come before the outcomes that end their turns, and requests last, so an actor's
 * earlier outcomes are known when its request is read.
 */
export interface RunnerBatch {
  readonly notes: readonly LiveNote[];
  readonly outcomes: readonly Outcome[];
  readonly requests: readonly TurnRequest[];
}

/** So many turns of one actor are delivered together at most: what ends together is committed together. */
const FULL = 256;

/**
 * Gathers what turns tell. While somebody holds it, because more is about to come without waiting, only a full batch
 * leaves; the last release sends the rest at once. What is told while nobody holds it leaves `soon`, but a call to the
 * outside at once: told together with a commit point behind it, it would wait for that to be durable.
 */
export class Outbox {
  readonly #post: (batch: RunnerBatch) => void;
  readonly #soon: (task: () => void) => void;
  #notes: LiveNote[] = [];
  #outcomes: Outcome[] = [];
  #requests: TurnRequest[] = [];
  #holds = 0;
  #armed = false;

  constructor(post: (batch: RunnerBatch) => void, soon: (task: () => void) => void) {
    this.#post = post;
    this.#soon = soon;
  }

  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    if (this.#holds === 0) this.flush();
  }

  note(note: LiveNote): void {
    this.#notes.push(note);
    this.#later();
  }

  outcome(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    if (this.#outcomes.length >= FULL) this.flush();
    else this.#later();
  }

  request(request: TurnRequest): void {
    this.#requests.push(request);
    if (this.#holds === 0 && request.want === "fetch") this.flush();
    else this.#later();
  }

  flush(): void {
    if (this.#outcomes.length === 0 && this.#notes.length === 0 && this.#requests.length === 0) return;
    const batch = { notes: this.#notes, outcomes: this.#outcomes, requests: this.#requests };
    [this.#notes, this.#outcomes, this.#requests] = [[], [], []];
    this.#post(batch);
  }

  #later(): void {
    if (this.#holds > 0 || this.#armed) return;
    this.#armed = true;
    this.#soon(() => {
      this.#armed = false;
      this.flush();
    });
  }
}
