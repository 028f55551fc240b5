import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import type { Registry } from "../actor/registry.ts";
import { type CancelTimer, type Clock, sleep } from "../core/clock.ts";
import type { Random } from "../core/random.ts";
import { type Host, type HostEvents, SLOTS_PER_WORKER, STARTED_AFTER_MS } from "./contract.ts";
import { LoneLine } from "./lone_line.ts";
import type { RunnerBatch } from "./outbox.ts";
import { createRequestNumbers } from "./request_lanes.ts";
import { Runner } from "./runner.ts";
import type { WorkMarks } from "./work_marks.ts";

export interface InlineHostOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: HostEvents;
  /** `SLOTS_PER_WORKER` unless given. */
  readonly slots?: number;
}

/**
 * Runs turns in the isolate of its caller: deterministic under an injected clock, and for platforms without workers.
 * A handler that never waits holds up everything; nothing here can prevent that.
 */
export function createInlineHost(options: InlineHostOptions): Host {
  return new InlineHost(options);
}

/** Stopped, it stays silent: what still runs has its signal aborted and reports to nobody. */
class InlineHost implements Host {
  readonly slots: number;
  readonly #clock: Clock;
  readonly #events: HostEvents;
  readonly #runner: Runner;
  readonly #loneLine: LoneLine;
  readonly #untold = new Map<number, number>();
  #cancelWatch: CancelTimer | null = null;
  #stopped = false;

  constructor({ registry, clock, random, events, slots = SLOTS_PER_WORKER }: InlineHostOptions) {
    this.slots = slots;
    this.#clock = clock;
    this.#loneLine = new LoneLine(clock);
    this.#events = this.#loneLine.heeded(events, () => this.#callNext());
    this.#runner = new Runner({
      registry,
      clock,
      random,
      slots,
      nextRequest: createRequestNumbers({ child: 0, worker: 0 }),
      post: (batch) => this.#post(batch),
      soon: queueMicrotask,
      turnOfLoop: () => sleep(clock, 0),
    });
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  deliver(deliveries: readonly Delivery[]): void {
    if (this.#stopped) return;
    for (const delivery of this.#loneLine.divert(deliveries)) this.#give(delivery);
    this.#callNext();
    this.#runner.go();
  }

  ask(questions: readonly Question[]): void {
    if (this.#stopped) return;
    for (const question of questions) this.#runner.ask(question, this.#marks([question.turn]));
    this.#runner.go();
  }

  cancel(turn: number): void {
    const ended = this.#loneLine.cancel(turn);
    if (ended !== undefined) this.#events.outcomes(ended);
    else this.#runner.cancel(turn);
  }

  answer(answers: readonly TurnAnswer[]): void {
    this.#runner.answer(answers);
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#runner.stop();
    this.#cancelWatch?.();
    return Promise.resolve();
  }

  #give(delivery: Delivery): void {
    this.#runner.deliver(delivery, this.#marks(delivery.envelopes.map(({ turn }) => turn)));
  }

  #callNext(): void {
    const called = this.#stopped ? undefined : this.#loneLine.call();
    if (called === undefined) return;
    this.#give(called.delivery);
    for (const turn of called.cancelled) this.#runner.cancel(turn);
    this.#runner.go();
  }

  #post({ notes, outcomes, requests }: RunnerBatch): void {
    if (this.#stopped) return;
    if (notes.length > 0) this.#events.live(notes);
    if (outcomes.length > 0) this.#events.outcomes(outcomes);
    if (requests.length > 0) this.#events.requests(requests);
  }

  #marks(turns: readonly number[]): WorkMarks {
    return {
      claim: () => true,
      begin: (index, startedAt) => {
        this.#untold.set(turns[index]!, startedAt);
        this.#watch();
      },
      wait: () => {},
      end: (index) => void this.#untold.delete(turns[index]!),
    };
  }

  /** One timer, and only while a turn runs whose start has not been told. */
  #watch(): void {
    if (this.#cancelWatch !== null || this.#stopped || this.#untold.size === 0) return;
    this.#cancelWatch = this.#clock.after(STARTED_AFTER_MS, () => {
      this.#cancelWatch = null;
      const before = this.#clock.now() - STARTED_AFTER_MS;
      const started = [...this.#untold].filter(([, startedAt]) => startedAt <= before);
      for (const [turn] of started) this.#untold.delete(turn);
      if (started.length > 0) this.#events.started(started.map(([turn, startedAt]) => ({ turn, startedAt })));
      this.#watch();
    });
  }
}
