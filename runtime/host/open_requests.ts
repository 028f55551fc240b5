import type { TurnAnswer, TurnRequest } from "../actor/outcome.ts";
import type { Wanted } from "../actor/turn_ports.ts";
import { deserializeError } from "../core/errors.ts";

interface Waiter {
  readonly turn: number;
  readonly resolve: (value: string) => void;
  readonly reject: (reason: unknown) => void;
}

/** The requests of a runner's turns that have no answer yet. Each is settled once; answers to others are ignored. */
export class OpenRequests {
  readonly #nextNumber: () => number;
  readonly #open = new Map<number, Waiter>();

  constructor(nextNumber: () => number) {
    this.#nextNumber = nextNumber;
  }

  open(turn: number, wanted: Wanted, send: (request: TurnRequest) => void): Promise<string> {
    const request = this.#nextNumber();
    return new Promise((resolve, reject) => {
      this.#open.set(request, { turn, resolve, reject });
      send({ ...wanted, turn, request });
    });
  }

  answer(answers: readonly TurnAnswer[]): void {
    for (const answer of answers) {
      const waiter = this.#open.get(answer.request);
      if (waiter === undefined) continue;
      this.#open.delete(answer.request);
      if ("value" in answer) waiter.resolve(answer.value);
      else waiter.reject(deserializeError(answer.error));
    }
  }

  /** The turn's signal has aborted: whoever waits learns why. */
  refuse(turn: number, reason: unknown): void {
    for (const waiter of this.#take(turn)) waiter.reject(reason);
  }

  /** The turn is over and nobody waits any more. */
  forget(turn: number): void {
    this.#take(turn);
  }

  #take(turn: number): Waiter[] {
    const taken = [...this.#open].filter(([, waiter]) => waiter.turn === turn);
    for (const [request] of taken) this.#open.delete(request);
    return taken.map(([, waiter]) => waiter);
  }
}
