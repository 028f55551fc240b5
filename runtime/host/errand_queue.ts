import type { Errand } from "./errand.ts";

/**
 * Errands that wait for a worker. Questions go first and have a line of their own: a turn that waits for an answer holds
 * a slot, so an answer must never wait for a slot.
 */
export class ErrandQueue {
  readonly #questions: Errand[] = [];
  readonly #deliveries: Errand[] = [];

  get isEmpty(): boolean {
    return this.#questions.length === 0 && this.#deliveries.length === 0;
  }

  add(errands: readonly Errand[]): void {
    for (const errand of errands) this.#line(errand).push(errand);
  }

  /** Puts what was taken back before all that waits, in its order. */
  putBack(errands: readonly Errand[]): void {
    for (const errand of errands.toReversed()) this.#line(errand).unshift(errand);
  }

  takeQuestion(): Errand | undefined {
    return this.#questions.shift();
  }

  takeDelivery(): Errand | undefined {
    return this.#deliveries.shift();
  }

  takeAll(): Errand[] {
    return [...this.#questions.splice(0), ...this.#deliveries.splice(0)];
  }

  find(turn: number): Errand | undefined {
    const holds = ({ turns }: Errand) => turns.includes(turn);
    return this.#questions.find(holds) ?? this.#deliveries.find(holds);
  }

  #line({ isQuestion }: Errand): Errand[] {
    return isQuestion ? this.#questions : this.#deliveries;
  }
}
