import type { Clock } from "../core/clock.ts";

const LONGEST_STRETCH_MS = 5;

/**
 * Says when a run of turns must let the event loop in, so that cancels, answers and beats get through. Trivial turns
 * end in microtasks and would otherwise keep it out for as long as there is work.
 */
export class Breath {
  readonly #clock: Clock;
  readonly #turnOfLoop: () => Promise<void>;
  #since = 0;
  #taking: Promise<void> | null = null;

  /** `turnOfLoop` resolves after the event loop has been round once. */
  constructor(clock: Clock, turnOfLoop: () => Promise<void>) {
    this.#clock = clock;
    this.#turnOfLoop = turnOfLoop;
  }

  /** The event loop has just called. */
  entered(): void {
    this.#since = this.#clock.now();
  }

  /** Asked before each turn with the wall time, which is cheap to read; a step of that clock costs one breath. */
  isDue(now: number): boolean {
    return Math.abs(now - this.#since) >= LONGEST_STRETCH_MS;
  }

  take(): Promise<void> {
    return this.#taking ??= this.#turnOfLoop().then(() => {
      this.#taking = null;
      this.entered();
    });
  }
}
