import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import type { Registry } from "../actor/registry.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import { Breath } from "./breath.ts";
import { Deadlines } from "./deadlines.ts";
import { DeliveryRun } from "./delivery_run.ts";
import { OpenRequests } from "./open_requests.ts";
import { Outbox, type RunnerBatch } from "./outbox.ts";
import { QuestionRun } from "./question_run.ts";
import type { WorkMarks } from "./work_marks.ts";

export interface RunnerOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  /** Runs that may wait for something at the same time. */
  readonly slots: number;
  /** The server's monotonic time, or later; that of the clock by default. */
  readonly serverTime?: () => number;
  readonly nextRequest: () => number;
  post(batch: RunnerBatch): void;
  /** Calls `task` after what can go on without waiting. */
  soon(task: () => void): void;
  /** Resolves after the event loop has been round once. */
  turnOfLoop(): Promise<void>;
}

type Run = DeliveryRun | QuestionRun;

/**
 * Runs turns in the isolate it lives in: deliveries in order of arrival, up to `slots` at a time, the envelopes of one
 * delivery one after another. Handlers that do not wait follow each other without a turn of the event loop, except
 * about every 5 ms to let it in.
 */
export class Runner {
  readonly #slots: number;
  readonly #shared;
  readonly #queue: Run[] = [];
  /** Started beyond the slots: a turn that waits for an answer holds one. */
  readonly #asked: Run[] = [];
  readonly #running = new Set<Run>();

  constructor({ slots, registry, clock, random, nextRequest, post, soon, turnOfLoop, ...options }: RunnerOptions) {
    const { serverTime = () => clock.monotonic() } = options;
    this.#slots = slots;
    this.#shared = {
      clock,
      serverTime,
      random,
      registry,
      outbox: new Outbox(post, soon),
      requests: new OpenRequests(nextRequest),
      deadlines: new Deadlines(clock),
      breath: new Breath(clock, turnOfLoop),
    };
  }

  deliver(delivery: Delivery, marks: WorkMarks): void {
    this.#queue.push(new DeliveryRun(this.#shared, delivery, marks));
  }

  ask(question: Question, marks: WorkMarks): void {
    this.#asked.push(new QuestionRun(this.#shared, question, marks));
  }

  /** Starts what was delivered and asked. Called by the event loop, once for all that came together. */
  go(): void {
    this.#shared.breath.entered();
    this.#pump();
  }

  cancel(turn: number): void {
    this.#shared.breath.entered();
    const reason = new RuntimeError("cancelled", "The turn was cancelled");
    for (const run of this.#running) if (run.abort(turn, reason)) return;
    for (const run of this.#queue) if (run.abort(turn, reason)) return;
  }

  answer(answers: readonly TurnAnswer[]): void {
    this.#shared.breath.entered();
    this.#shared.requests.answer(answers);
  }

  /** Aborts what runs and starts nothing more. */
  stop(): void {
    this.#queue.length = this.#asked.length = 0;
    for (const run of this.#running) run.stop(new RuntimeError("stopping", "The host stops", { retryable: true }));
  }

  #pump(): void {
    const { outbox } = this.#shared;
    outbox.hold();
    for (const run of this.#asked.splice(0)) if (run.marks.claim()) this.#start(run);
    while (this.#running.size < this.#slots) {
      const run = this.#queue.shift();
      if (run === undefined) break;
      if (run.marks.claim()) this.#start(run);
    }
    outbox.release();
  }

  #start(run: Run): void {
    const { outbox } = this.#shared;
    outbox.hold();
    const waits = run.run();
    if (waits === undefined) return outbox.release();
    this.#running.add(run);
    waits.finally(() => {
      this.#running.delete(run);
      this.#pump();
      outbox.release();
    });
  }
}
