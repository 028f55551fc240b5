import type { CancelTimer, Clock } from "../core/clock.ts";

/** Timers of one owner, which end with it. */
export class Timers {
  readonly #clock: Clock;
  readonly #armed = new Set<CancelTimer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(delayMs: number, fire: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#armed.delete(cancel);
      fire();
    });
    this.#armed.add(cancel);
  }

  cancelAll(): void {
    for (const cancel of this.#armed) cancel();
    this.#armed.clear();
  }
}
