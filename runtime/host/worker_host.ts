import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import { type Host, type HostEvents, SLOTS_PER_WORKER } from "./contract.ts";
import { deliveryErrand, questionErrand } from "./errand.ts";
import { LoneLine } from "./lone_line.ts";
import { readOutcome } from "./told_outcome.ts";
import { WorkerPools, type WorkerPoolsOptions } from "./worker_pools.ts";

export interface WorkerHostOptions extends Omit<WorkerPoolsOptions, "events" | "childLane" | "onStuck"> {
  readonly events: HostEvents;
}

/**
 * Runs turns in Deno workers, a pool for each distinct set of permissions that a kind asks for. What it cannot do is
 * stop a handler that never waits: such a worker keeps its core until the process ends.
 */
export function createWorkerHost(options: WorkerHostOptions): Host {
  return new WorkerHost(options);
}

class WorkerHost implements Host {
  readonly slots: number;
  readonly #events: HostEvents;
  readonly #loneLine: LoneLine;
  readonly #pools: WorkerPools;

  constructor(options: WorkerHostOptions) {
    this.slots = options.workers * SLOTS_PER_WORKER;
    this.#loneLine = new LoneLine(options.clock);
    this.#events = this.#loneLine.heeded(options.events, () => this.#callNext());
    const outcomes = this.#events.outcomes;
    this.#pools = new WorkerPools({
      ...options,
      events: { ...this.#events, outcomes: (told) => outcomes(told.map(readOutcome)) },
    });
  }

  start(): Promise<void> {
    return this.#pools.start();
  }

  deliver(deliveries: readonly Delivery[]): void {
    const others = this.#loneLine.divert(deliveries);
    this.#pools.add(others.filter(({ envelopes }) => envelopes.length > 0).map(deliveryErrand));
    if (others.length < deliveries.length) this.#callNext();
  }

  ask(questions: readonly Question[]): void {
    this.#pools.add(questions.map(questionErrand));
  }

  cancel(turn: number): void {
    const ended = this.#loneLine.cancel(turn);
    if (ended !== undefined) this.#events.outcomes(ended);
    else this.#pools.cancel(turn);
  }

  answer(answers: readonly TurnAnswer[]): void {
    this.#pools.answer(answers);
  }

  async stop(): Promise<void> {
    this.#loneLine.clear();
    await this.#pools.stop();
  }

  #callNext(): void {
    const called = this.#loneLine.call();
    if (called === undefined) return;
    this.#pools.add([deliveryErrand(called.delivery)]);
    for (const turn of called.cancelled) this.cancel(turn);
  }
}
