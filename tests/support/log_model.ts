import { RuntimeError } from "../../runtime/core/errors.ts";
import type { StoredEvent, StoreReads } from "../../runtime/store/contract.ts";

/** One tenant's log as a store keeps it. Reads answer after they have looked, as over a network. */
export class LogModel {
  /** Reads are refused. */
  isAway = false;
  /** How often events, and marks, were read. */
  readonly reads = { events: 0, marks: 0 };
  readonly events: StoredEvent[] = [];
  trimmedTo = 0;
  readonly read: StoreReads;
  readonly #answers: () => Promise<void>;

  /** `answers`: resolves when a read that has looked is answered. */
  constructor(answers: () => Promise<void> = microtasks) {
    this.#answers = answers;
    this.read = {
      logMark: () => this.#look("marks", () => ({ last: this.last, trimmedTo: this.trimmedTo })),
      logMarks: (tenants: readonly string[]) =>
        this.#look("marks", () => tenants.map(() => ({ last: this.last, trimmedTo: this.trimmedTo }))),
      events: (_tenant: string, { after, limit }: { after: number; limit: number }) =>
        this.#look("events", () => {
          const first = Math.max(after, this.trimmedTo);
          return this.events.slice(first, first + limit);
        }),
    } as Partial<StoreReads> as StoreReads;
  }

  async #look<T>(what: keyof LogModel["reads"], look: () => T): Promise<T> {
    this.reads[what]++;
    const answer = this.isAway ? null : { is: look() };
    await this.#answers();
    if (answer !== null) return answer.is;
    throw new RuntimeError("storage-unavailable", "The store is away", { retryable: true });
  }

  get last(): number {
    return this.events.length;
  }

  /** Adds events and answers them. */
  append(count: number): StoredEvent[] {
    const added = Array.from({ length: count }, (_, index) => ({
      number: this.last + index + 1,
      type: "thing.happened",
      subject: "thing/one",
      at: 0,
      data: `${this.last + index + 1}`,
    }));
    this.events.push(...added);
    return added;
  }
}

async function microtasks(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}
