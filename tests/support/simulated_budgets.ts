import type { Clock } from "../../runtime/core/clock.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { SharedStore } from "../../runtime/store/contract.ts";

/** The budgets of a store that several nodes share, the obvious way: how many permits there are, and since when. */
export class SimulatedBudgets {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #left = new Map<string, { permits: number; at: number }>();
  readonly #answers: () => Promise<void>;
  asked = 0;
  granted = 0;
  isAway = false;

  /** `answers`: resolves when what was asked is answered. */
  constructor(clock: Pick<Clock, "monotonic">, answers: () => Promise<void> = () => Promise.resolve()) {
    this.#clock = clock;
    this.#answers = answers;
  }

  readonly reserve: SharedStore["reserve"] = async (budget, { permits, perMinute, burst }) => {
    this.asked++;
    const answer = this.isAway ? null : this.#take(budget, { permits, perMinute, burst });
    await this.#answers();
    if (answer !== null) return answer;
    throw new RuntimeError("storage-unavailable", "The store is away", { retryable: true });
  };

  #take(budget: string, { permits, perMinute, burst }: Parameters<SharedStore["reserve"]>[1]) {
    const now = this.#clock.monotonic();
    const before = this.#left.get(budget) ?? { permits: burst, at: now };
    const left = Math.min(burst, before.permits + (now - before.at) * perMinute / 60_000);
    const granted = Math.min(permits, Math.floor(left + 1e-6));
    this.#left.set(budget, { permits: left - granted, at: now });
    this.granted += granted;
    const eachMs = 60_000 / perMinute;
    const retryAfterMs = granted === permits ? 0 : Math.ceil(Math.max(0, 1 - (left - granted)) * eachMs);
    return { granted, retryAfterMs, wholeInMs: (burst - left + granted) * eachMs };
  }
}
