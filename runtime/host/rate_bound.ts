import type { Clock } from "../core/clock.ts";

const PERIOD_MS = 1_000;

/** At most `perSecond` things a second; says afterwards how many were refused. */
export class RateBound {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #periodEnd = 0;
  #passed = 0;
  #refused = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  passes(): boolean {
    const now = this.#clock.monotonic();
    if (now >= this.#periodEnd) [this.#periodEnd, this.#passed] = [now + PERIOD_MS, 0];
    if (this.#passed < this.#perSecond) return ++this.#passed > 0;
    this.#refused++;
    return false;
  }

  /** How many were refused since the last call. */
  takeRefused(): number {
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }
}
