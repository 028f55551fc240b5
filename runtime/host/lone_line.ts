import type { Delivery, Outcome } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { HostEvents } from "./contract.ts";
import { neverRun } from "./never_run.ts";

/** A delivery whose time has come, and which of its turns were cancelled meanwhile. */
export interface Called {
  readonly delivery: Delivery;
  readonly cancelled: readonly number[];
}

/** Deliveries that are `alone`, in order: one runs, the next is called when every turn of the one before has ended. */
export class LoneLine {
  readonly #clock: Clock;
  readonly #cancelled = new Set<number>();
  readonly #running = new Set<number>();
  #waiting: Delivery[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nothing runs, nothing waits. */
  get isEmpty(): boolean {
    return this.#running.size === 0 && this.#waiting.length === 0;
  }

  /** Takes those of `deliveries` that are `alone`. @returns the others */
  divert(deliveries: readonly Delivery[]): readonly Delivery[] {
    const alone = deliveries.filter((delivery) => delivery.alone === true);
    if (alone.length === 0) return deliveries;
    this.#waiting.push(...alone.filter(({ envelopes }) => envelopes.length > 0));
    return deliveries.filter((delivery) => delivery.alone !== true);
  }

  /** The next delivery, which from now on runs; nothing while another does. */
  call(): Called | undefined {
    if (this.#running.size > 0) return undefined;
    const delivery = this.#waiting.shift();
    if (delivery === undefined) return undefined;
    const turns = turnsOf(delivery);
    for (const turn of turns) this.#running.add(turn);
    return { delivery, cancelled: turns.filter((turn) => this.#cancelled.delete(turn)) };
  }

  /** `events`, and `callNext` after those that end the delivery that runs. */
  heeded(events: HostEvents, callNext: () => void): HostEvents {
    return {
      ...events,
      outcomes: (outcomes) => {
        events.outcomes(outcomes);
        const ended = outcomes.filter(({ ending }) => ending.end !== "commit-point");
        if (this.#ended(ended)) callNext();
      },
      lost: (turns) => {
        events.lost(turns);
        if (this.#ended(turns)) callNext();
      },
    };
  }

  /**
   * Cancels a turn that waits here. One that would be the first of its delivery never runs.
   * @returns what to report of it; undefined when the turn does not wait here
   */
  cancel(turn: number): Outcome[] | undefined {
    const delivery = this.#waiting.find((delivery) => turnsOf(delivery).includes(turn));
    if (delivery === undefined) return undefined;
    const turns = turnsOf(delivery);
    if (turns[0] !== turn) {
      this.#cancelled.add(turn);
      return [];
    }
    this.#waiting = this.#waiting.filter((other) => other !== delivery);
    for (const each of turns) this.#cancelled.delete(each);
    return neverRun(turns, new RuntimeError("cancelled", "The turn was cancelled"), this.#clock.now());
  }

  /** Empties the line. @returns the turns that waited */
  clear(): number[] {
    const waited = this.#waiting.flatMap(turnsOf);
    this.#waiting = [];
    this.#cancelled.clear();
    this.#running.clear();
    return waited;
  }

  /** True when the delivery that ran has ended by this. */
  #ended(ended: readonly { readonly turn: number }[]): boolean {
    if (this.#running.size === 0) return false;
    for (const { turn } of ended) this.#running.delete(turn);
    return this.#running.size === 0;
  }
}

function turnsOf({ envelopes }: Delivery): number[] {
  return envelopes.map(({ turn }) => turn);
}
