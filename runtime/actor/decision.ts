/** "Later, at no cost": what `ctx.snooze` makes and a handler returns. Only that is one, never a value of the same shape. */
export class Snooze {
  readonly #delayMs: number;

  /** @param delayMs at least 0 */
  constructor(delayMs: number) {
    this.#delayMs = Math.max(0, Math.floor(delayMs));
  }

  get delayMs(): number {
    return this.#delayMs;
  }
}

/** What a handler may give back besides a value: decisions are returned, failures are thrown. */
export type Decision = Snooze;

/** Whether it is a decision rather than a result. */
export function isDecision(returned: unknown): returned is Decision {
  return returned instanceof Snooze;
}
