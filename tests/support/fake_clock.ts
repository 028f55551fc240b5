import type { CancelTimer, Clock } from "../../runtime/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock that stands still until it is told to advance. Wall and monotonic time move together. */
export class FakeClock implements Clock {
  #now: number;
  readonly #startedAt: number;
  readonly #timers = new Set<Timer>();

  constructor(now = 0) {
    this.#now = now;
    this.#startedAt = now;
  }

  /** Timers that have neither fired nor been cancelled. */
  get armed(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#startedAt;
  }

  after(delayMs: number, fire: () => void): CancelTimer {
    const timer = { at: this.#now + Math.max(delayMs, 0), fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Fires, in the order of their times, what is due by then, and what that arms in turn. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.fire();
    }
    this.#now = until;
  }

  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}
