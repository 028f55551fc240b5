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

/**
 * Deliveries that are `alone`: at each place one runs, and the next is called there when every turn of it has ended. Those
 * that are `likely` are called before the others; of the same sort, the one that came first.
 */
export class LoneLine {
  readonly #clock: Clock;
  readonly #cancelled = new Set<number>();
  /** By place. */
  readonly #running = new Map<number, Set<number>>();
  #waiting: Delivery[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nothing runs, nothing waits. */
  get isEmpty(): boolean {
    return this.#running.size === 0 && this.#waiting.length === 0;
  }

  isFree(place: number): boolean {
    return !this.#running.has(place);
  }

  /** Deliveries that have not been called. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes those of `deliveries` that are `alone`. @returns the others */
  divert(deliveries: readonly Delivery[]): readonly Delivery[] {
    const alone = deliveries.filter((delivery) => delivery.alone !== undefined);
    if (alone.length === 0) return deliveries;
    const waiting = [...this.#waiting, ...alone.filter(({ envelopes }) => envelopes.length > 0)];
    const isLikely = (delivery: Delivery) => delivery.alone === "likely";
    this.#waiting = [...waiting.filter(isLikely), ...waiting.filter((delivery) => !isLikely(delivery))];
    return deliveries.filter((delivery) => delivery.alone === undefined);
  }

  /** The next delivery, which from now on runs at that place; nothing while another does there. */
  call(place = 0): Called | undefined {
    if (this.#running.has(place)) return undefined;
    const delivery = this.#waiting.shift();
    if (delivery === undefined) return undefined;
    const turns = turnsOf(delivery);
    this.#running.set(place, new Set(turns));
    return { delivery, cancelled: turns.filter((turn) => this.#cancelled.delete(turn)) };
  }

  /** The events of a place, and `callNext` after those that end the delivery that runs there. */
  heeded(events: HostEvents, callNext: () => void, place = 0): HostEvents {
    return {
      ...events,
      outcomes: (outcomes) => {
        events.outcomes(outcomes);
        const ended = outcomes.filter(({ ending }) => ending.end !== "commit-point");
        if (this.#ended(place, ended)) callNext();
      },
      lost: (turns) => {
        events.lost(turns);
        if (this.#ended(place, turns)) callNext();
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

  /** True when the delivery that ran there has ended by this. */
  #ended(place: number, ended: readonly { readonly turn: number }[]): boolean {
    const running = this.#running.get(place);
    if (running === undefined) return false;
    for (const { turn } of ended) running.delete(turn);
    return running.size === 0 && this.#running.delete(place);
  }
}

function turnsOf({ envelopes }: Delivery): number[] {
  return envelopes.map(({ turn }) => turn);
}
