import type { TurnAnswer } from "../actor/outcome.ts";
import type { Permissions } from "../actor/kind.ts";
import type { Clock } from "../core/clock.ts";
import { type HostEvents, type LossVerdict, type LostTurn, STARTED_AFTER_MS } from "./contract.ts";
import type { Errand } from "./errand.ts";
import { ErrandQueue } from "./errand_queue.ts";
import type { PoolWorker } from "./pool_worker.ts";
import type { Lane } from "./request_lanes.ts";
import { Timers } from "./timers.ts";
import type { HostTiming } from "./timing.ts";
import type { ToldOutcome } from "./told_outcome.ts";
import { WorkerCrew } from "./worker_crew.ts";
import type { ToldBatch } from "./worker_protocol.ts";
import { WATCH_PERIOD_MS } from "./worker_watch.ts";

/** As {@linkcode HostEvents}; outcomes are told as they came from their worker. */
export interface PoolEvents extends Omit<HostEvents, "outcomes"> {
  outcomes(told: readonly ToldOutcome[]): void;
}

export interface WorkerPoolOptions {
  readonly workerUrl: string;
  readonly permissions: Permissions | null | "inherited";
  readonly size: number;
  readonly clock: Clock;
  readonly events: PoolEvents;
  readonly nextLane: () => Lane;
  readonly timing: HostTiming;
  readonly ahead: { readonly ms: number };
  /** Given where the process will be given up for a stuck worker, so that the pool need not replace it. */
  readonly onStuck: (() => void) | undefined;
}

/**
 * Workers of one permission set and the work that waits for them.
 *
 * Work goes to the open worker with the fewest outstanding turns. Three things take it away again: a worker that lets
 * it lie (recalled, given to another), a worker that ends itself (what it had not begun is given to another, the rest is
 * `lost`), a worker that is retired or stuck. Nothing is ever in two workers' hands: see {@linkcode WorkCells}.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #crew: WorkerCrew;
  readonly #queue = new ErrandQueue();
  readonly #timers: Timers;
  #watching = false;
  #stopped = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
    this.#crew = new WorkerCrew({
      ...options,
      ...options.timing,
      timers: this.#timers,
      notice: options.events.notice,
      events: {
        ready: () => this.#dispatch(),
        batch: (worker, batch) => this.#batch(worker, batch),
        exited: (worker) => this.#exited(worker),
      },
    });
  }

  /** @throws {RuntimeError} `host-lost` when a worker fails before all have been ready */
  start(): Promise<void> {
    return this.#crew.start();
  }

  add(errands: readonly Errand[]): void {
    this.#queue.add(errands);
    this.#dispatch();
  }

  cancel(turn: number): void {
    for (const worker of this.#crew) if (worker.load.errand(turn) !== undefined) return worker.cancel(turn);
    this.#queue.find(turn)?.cancelled.push(turn);
  }

  answer(lane: number, answers: readonly TurnAnswer[]): void {
    for (const worker of this.#crew) if (worker.lane.worker === lane) worker.answer(answers);
  }

  tellAhead(): void {
    for (const worker of this.#crew) worker.tellAhead();
  }

  /** The turns whose handlers may be executing. */
  suspects(): number[] {
    return [...this.#crew].flatMap(({ load }) => load.suspects());
  }

  /** Takes back everything that has not begun, for good. */
  handBack(): LostTurn[] {
    const errands = [...this.#queue.takeAll(), ...[...this.#crew].flatMap(({ load }) => load.recall())];
    return errands.flatMap(neverBegun);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timers.cancelAll();
    this.#queue.takeAll();
    await this.#crew.stop();
  }

  #batch(worker: PoolWorker, batch: ToldBatch): void {
    const { events } = this.#options;
    const notes = batch.notes.filter(({ turn }) => worker.load.errand(turn) !== undefined);
    if (notes.length > 0) events.live(notes);
    const outcomes = worker.believe(batch.outcomes);
    if (outcomes.length > 0) events.outcomes(outcomes);
    const requests = worker.believeRequests(batch.requests);
    if (requests.length > 0) events.requests(requests);
    if (outcomes.some(({ stage }) => stage === "abandoned")) this.#retire(worker);
    else if (worker.status === "retiring" && worker.load.turns === 0) this.#giveUp(worker, "retired");
    this.#dispatch();
  }

  #exited(worker: PoolWorker): void {
    if (this.#stopped) return;
    this.#queue.putBack(worker.load.recall());
    this.#tellLost(worker, "exited");
    this.#crew.fill();
    this.#dispatch();
  }

  /** No new work; what has begun may end within the grace. */
  #retire(worker: PoolWorker): void {
    if (worker.status !== "open") return;
    worker.retire();
    this.#queue.putBack(worker.load.recall());
    this.#crew.fill();
    if (worker.load.turns === 0) this.#giveUp(worker, "retired");
    else this.#timers.after(this.#options.timing.retireGraceMs, () => this.#giveUp(worker, "retired"));
  }

  #giveUp(worker: PoolWorker, verdict: "retired" | "hung"): void {
    if (!this.#crew.has(worker)) return;
    this.#crew.end(worker);
    this.#tellLost(worker, verdict);
  }

  #tellLost(worker: PoolWorker, verdict: LossVerdict): void {
    const { events } = this.#options;
    const lost = worker.load.lose(verdict, this.#options.clock.monotonic());
    if (lost.length > 0) events.lost(lost);
    events.notice({ notice: "worker-replaced", reason: verdict, lost: lost.length });
  }

  #dispatch(): void {
    this.#place((worker) => worker.takesQuestions, () => this.#queue.takeQuestion());
    this.#place((worker) => worker.takesWork, () => this.#queue.takeDelivery());
    for (const worker of this.#crew) worker.send();
    this.#watch();
  }

  #place(takes: (worker: PoolWorker) => boolean, next: () => Errand | undefined): void {
    for (let worker = this.#leastLoaded(takes); worker !== undefined; worker = this.#leastLoaded(takes)) {
      const errand = next();
      if (errand === undefined) return;
      worker.give(errand);
    }
  }

  #leastLoaded(takes: (worker: PoolWorker) => boolean): PoolWorker | undefined {
    let least: PoolWorker | undefined;
    for (const worker of this.#crew) {
      if (takes(worker) && (least === undefined || worker.burden < least.burden)) least = worker;
    }
    return least;
  }

  /** Looks again and again while there is anything to see. */
  #watch(): void {
    if (this.#watching || this.#stopped || !this.#hasWork()) return;
    this.#watching = true;
    const since = this.#options.clock.monotonic();
    this.#timers.after(WATCH_PERIOD_MS, () => {
      this.#watching = false;
      this.#look(this.#options.clock.monotonic() - since);
      this.#dispatch();
    });
  }

  #hasWork(): boolean {
    const isBusy = ({ load, watch }: PoolWorker) => load.turns > 0 || watch.isSlow;
    return !this.#queue.isEmpty || this.#crew.hasSurplus || [...this.#crew].some(isBusy);
  }

  #look(elapsedMs: number): void {
    const { clock, events } = this.#options;
    const started = [...this.#crew].flatMap(({ load }) => load.takeStarted(clock.now() - STARTED_AFTER_MS));
    if (started.length > 0) events.started(started.map(({ turn, startedAt }) => ({ turn, startedAt })));
    for (const worker of [...this.#crew]) {
      if (worker.status === "starting") continue;
      const sight = worker.look(elapsedMs);
      if (sight === "slow") this.#queue.putBack(worker.load.recall());
      else if (sight === "stuck") this.#stuck(worker);
    }
    if (this.#queue.isEmpty) this.#crew.thin();
    else this.#crew.fill();
  }

  #stuck(worker: PoolWorker): void {
    const { onStuck } = this.#options;
    if (onStuck === undefined) this.#queue.putBack(worker.load.recall());
    onStuck?.();
    this.#giveUp(worker, "hung");
    if (onStuck === undefined) this.#crew.fill();
  }
}

/** What is handed back of an errand that nobody has begun. */
export function neverBegun({ turns }: { readonly turns: readonly number[] }): LostTurn[] {
  return turns.map((turn) => ({ turn, started: false, culprit: false, verdict: "retired" }));
}
