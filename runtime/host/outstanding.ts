import type { Delivery, Outcome, Question } from "../actor/outcome.ts";

/** The turns that a child process was given and that have not ended. What it says of others must not be believed. */
export class Outstanding {
  /** With their messages, in the order in which they were given; null for a question. */
  readonly turns: Map<number, string | null> = new Map();

  get isEmpty(): boolean {
    return this.turns.size === 0;
  }

  has(turn: number): boolean {
    return this.turns.has(turn);
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const { envelopes } of deliveries) {
      for (const { turn, messageId } of envelopes) this.turns.set(turn, messageId);
    }
  }

  ask(questions: readonly Question[]): void {
    for (const { turn } of questions) this.turns.set(turn, null);
  }

  /** The outcomes to be believed; those that end their turns take them out. */
  settle(outcomes: readonly Outcome[]): Outcome[] {
    return outcomes.filter(({ turn, ending }) =>
      ending.end === "commit-point" ? this.turns.has(turn) : this.turns.delete(turn)
    );
  }

  /** What is said of turns that are outstanding. */
  of<T extends { readonly turn: number }>(told: readonly T[]): T[] {
    return told.filter(({ turn }) => this.turns.has(turn));
  }

  /** As {@linkcode of}, and takes them out. */
  take<T extends { readonly turn: number }>(told: readonly T[]): T[] {
    return told.filter(({ turn }) => this.turns.delete(turn));
  }
}
