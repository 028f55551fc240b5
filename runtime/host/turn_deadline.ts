/** How long a turn may run at a stretch, and as a whole attempt where that is bounded. */
export interface TurnBounds {
  readonly timeoutMs: number;
  /** 0 when there is no such bound. */
  readonly attemptMs: number;
}

/**
 * When a running turn is over, as its pool sees it from outside, in monotonic time from when it was first seen to run. Its
 * worker keeps the same deadline, but cannot keep it while a handler holds the loop.
 */
export class TurnDeadline {
  readonly #timeoutMs: number;
  readonly #attemptEndsAt: number;
  #stretchEndsAt: number;

  constructor({ timeoutMs, attemptMs }: TurnBounds, now: number) {
    this.#timeoutMs = timeoutMs;
    this.#attemptEndsAt = attemptMs > 0 ? now + attemptMs : Infinity;
    this.#stretchEndsAt = now + timeoutMs;
  }

  /** The turn waits for the commit of what it did so far; that does not count. */
  pause(): void {
    this.#stretchEndsAt = Infinity;
  }

  /** The commit is made: the next stretch begins. */
  renew(now: number): void {
    this.#stretchEndsAt = now + this.#timeoutMs;
  }

  isOver(now: number): boolean {
    return now >= Math.min(this.#stretchEndsAt, this.#attemptEndsAt);
  }
}
