/** What is better by less is not worth telling. */
const BETTER_BY_MS = 5;

/**
 * How far the server's monotonic clock is ahead of another thread's or process's, so that an instant of the server means
 * something there. Each began to count when it was started, and there is no wall clock that both could trust.
 *
 * The other says what its clock shows; whoever hears of that takes the difference. It holds the time of the way, so it is too
 * large and never too small: an instant seems to have come a little early, never late. The least of several is the best.
 */
export class Ahead {
  readonly #tell: (ms: number) => void;
  #ms = Infinity;

  /** `tell` is called with what is better than what was known. */
  constructor(tell: (ms: number) => void) {
    this.#tell = tell;
  }

  /** `here` is seen when the other's clock has shown `there`. */
  measured({ here, there }: { here: number; there: number }): void {
    const ms = here - there;
    if (ms >= this.#ms - BETTER_BY_MS) return;
    this.#ms = ms;
    this.#tell(ms);
  }
}
