import type { CancelTimer, Clock } from "../core/clock.ts";

/**
 * Deadlines of many turns on one timer, which is armed for the first of them: most turns end long before theirs, and a
 * timer for each would cost more than they do. None is armed while nobody waits.
 */
export class Deadlines {
  readonly #clock: Clock;
  /** When each is due, in monotonic time. */
  readonly #due = new Map<() => void, number>();
  #armedFor = Infinity;
  #cancelTimer: CancelTimer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `fire` once after `delayMs`, unless it is cancelled before; a function is added once at a time. */
  add(delayMs: number, fire: () => void): CancelTimer {
    const dueAt = this.#clock.monotonic() + delayMs;
    this.#due.set(fire, dueAt);
    if (dueAt < this.#armedFor) this.#arm(dueAt);
    return () => {
      if (this.#due.delete(fire) && this.#due.size === 0) this.#disarm();
    };
  }

  #arm(dueAt: number): void {
    this.#disarm();
    this.#armedFor = dueAt;
    this.#cancelTimer = this.#clock.after(Math.ceil(dueAt - this.#clock.monotonic()), () => this.#fire());
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#armedFor = Infinity;
  }

  #fire(): void {
    this.#disarm();
    const now = this.#clock.monotonic();
    const over = [...this.#due].filter(([, dueAt]) => dueAt <= now);
    for (const [fire] of over) if (this.#due.delete(fire)) fire();
    if (this.#due.size > 0) this.#arm(Math.min(...this.#due.values()));
  }
}
