import type { TurnAnswer } from "../actor/outcome.ts";
import type { Permissions } from "../actor/kind.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { type HostEvents, type LossVerdict, type LostTurn, STARTED_AFTER_MS } from "./contract.ts";
import { ErrandQueue } from "./errand_queue.ts";
import { LeavingThreads } from "./leaving_threads.ts";
import type { RunnerBatch } from "./outbox.ts";
import { isAbandoned, PoolWorker } from "./pool_worker.ts";
import type { Lane } from "./request_lanes.ts";
import { Timers } from "./timers.ts";
import type { HostTiming } from "./timing.ts";
import type { Errand } from "./work_load.ts";
import { WATCH_PERIOD_MS } from "./worker_watch.ts";

export interface WorkerPoolOptions {
  readonly workerUrl: string;
  readonly permissions: Permissions | null;
  readonly size: number;
  readonly clock: Clock;
  readonly events: HostEvents;
  readonly nextLane: () => Lane;
  readonly timing: HostTiming;
  /** Given where the process will be given up for a stuck worker, so that the pool need not replace it. */
  readonly onStuck: (() => void) | undefined;
}

const LONGEST_PAUSE_MS = 5_000;

/**
 * Workers of one permission set and the work that waits for them.
 *
 * Work goes to the open worker with the fewest outstanding turns. Three things take it away again: a worker that lets
 * it lie (recalled, given to another), a worker that ends itself (what it had not begun is given to another, the rest is
 * `lost`), a worker that is retired or stuck. Nothing is ever in two workers' hands: see {@linkcode WorkCells}.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<PoolWorker>();
  readonly #leaving = new LeavingThreads();
  readonly #queue = new ErrandQueue();
  readonly #timers: Timers;
  #failedStarts = 0;
  #isPausing = false;
  #starting: PromiseWithResolvers<void> | null = null;
  #watching = false;
  #stopped = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
  }

  /** @throws {RuntimeError} `host-lost` when a worker fails before all have been ready */
  async start(): Promise<void> {
    this.#starting = Promise.withResolvers();
    this.#fill();
    await this.#starting.promise;
    this.#starting = null;
  }

  add(errands: readonly Errand[]): void {
    this.#queue.add(errands);
    this.#dispatch();
  }

  cancel(turn: number): void {
    for (const worker of this.#workers) if (worker.load.errand(turn) !== undefined) return worker.cancel(turn);
    this.#queue.find(turn)?.cancelled.add(turn);
  }

  answer(lane: number, answers: readonly TurnAnswer[]): void {
    for (const worker of this.#workers) if (worker.lane.worker === lane) worker.answer(answers);
  }

  /** Takes back everything that has not begun, for good. */
  handBack(): LostTurn[] {
    const errands = [...this.#queue.takeAll(), ...[...this.#workers].flatMap((worker) => worker.load.recall())];
    return errands.flatMap(({ turns }) =>
      turns.map((turn) => ({ turn, started: false, culprit: false, verdict: "retired" as const }))
    );
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#starting?.reject(new RuntimeError("stopping", "The host was stopped before it had started"));
    this.#timers.cancelAll();
    this.#queue.takeAll();
    for (const { thread } of [...this.#workers]) this.#leaving.end(thread);
    await this.#leaving.allGone(this.#options.clock);
  }

  /** Opens workers until there are as many as there should be, apart from those that leave. */
  #fill(): void {
    const staying = () => [...this.#workers].filter(({ status }) => status !== "retiring").length;
    while (!this.#isPausing && staying() < this.#options.size) {
      try {
        this.#workers.add(this.#newWorker());
      } catch (refused) {
        this.#cannotStart((refused as Error).message);
      }
    }
  }

  #newWorker(): PoolWorker {
    const { workerUrl, permissions, clock, nextLane, timing, events } = this.#options;
    return new PoolWorker({
      workerUrl,
      permissions,
      clock,
      startTimeoutMs: timing.startTimeoutMs,
      stuckAfterMs: timing.stuckAfterMs,
      lane: nextLane(),
      events: {
        ready: () => this.#ready(),
        batch: (worker, batch) => this.#batch(worker, batch),
        stray: (message) => events.notice({ notice: "stray-error", message }),
        gone: (worker, how, why) => this.#gone(worker, how, why),
      },
    });
  }

  #ready(): void {
    this.#failedStarts = 0;
    if ([...this.#workers].every(({ status }) => status !== "starting")) this.#starting?.resolve();
    this.#dispatch();
  }

  #batch(worker: PoolWorker, batch: RunnerBatch): void {
    const { events } = this.#options;
    const notes = batch.notes.filter(({ turn }) => worker.load.errand(turn) !== undefined);
    if (notes.length > 0) events.live(notes);
    const outcomes = worker.believe(batch.outcomes);
    if (outcomes.length > 0) events.outcomes(outcomes);
    const requests = batch.requests.filter(({ turn }) => worker.load.errand(turn) !== undefined);
    if (requests.length > 0) events.requests(requests);
    if (outcomes.some(isAbandoned)) this.#retire(worker);
    else if (worker.status === "retiring" && worker.load.turns === 0) this.#giveUp(worker, "retired");
    this.#dispatch();
  }

  #gone(worker: PoolWorker, how: "exited" | "failed" | "ended", why: string): void {
    this.#workers.delete(worker);
    if (this.#stopped || how === "ended") return;
    if (how === "exited") this.#replace(worker, "exited");
    else this.#cannotStart(why);
  }

  #cannotStart(why: string): void {
    this.#options.events.notice({ notice: "stray-error", message: why });
    this.#starting?.reject(new RuntimeError("host-lost", `A worker cannot start: ${why}`, { retryable: true }));
    if (this.#isPausing) return;
    this.#isPausing = true;
    this.#timers.after(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** this.#failedStarts++), () => {
      this.#isPausing = false;
      this.#fill();
    });
  }

  /** No new work; what has begun may end within the grace. */
  #retire(worker: PoolWorker): void {
    if (worker.status !== "open") return;
    worker.retire();
    this.#queue.putBack(worker.load.recall());
    this.#fill();
    if (worker.load.turns === 0) this.#giveUp(worker, "retired");
    else this.#timers.after(this.#options.timing.retireGraceMs, () => this.#giveUp(worker, "retired"));
  }

  #giveUp(worker: PoolWorker, verdict: "retired" | "hung"): void {
    if (!this.#workers.has(worker)) return;
    this.#leaving.end(worker.thread);
    this.#tellLost(worker, verdict);
  }

  #replace(worker: PoolWorker, verdict: LossVerdict): void {
    this.#queue.putBack(worker.load.recall());
    this.#tellLost(worker, verdict);
    this.#fill();
    this.#dispatch();
  }

  #tellLost(worker: PoolWorker, verdict: LossVerdict): void {
    const { events } = this.#options;
    const lost = worker.load.lose(verdict);
    if (lost.length > 0) events.lost(lost);
    events.notice({ notice: "worker-replaced", reason: verdict, lost: lost.length });
  }

  #dispatch(): void {
    this.#place((worker) => worker.takesQuestions, () => this.#queue.takeQuestion());
    this.#place((worker) => worker.takesWork, () => this.#queue.takeDelivery());
    for (const worker of this.#workers) worker.send();
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
    for (const worker of this.#workers) {
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
    return !this.#queue.isEmpty || [...this.#workers].some(({ load, watch }) => load.turns > 0 || watch.isSlow);
  }

  #look(elapsedMs: number): void {
    const { clock, events } = this.#options;
    const started = [...this.#workers].flatMap(({ load }) => load.takeStarted(clock.now() - STARTED_AFTER_MS));
    if (started.length > 0) events.started(started);
    for (const worker of [...this.#workers]) {
      if (worker.status === "starting") continue;
      const sight = worker.watch.look(elapsedMs);
      if (sight === "slow") this.#queue.putBack(worker.load.recall());
      else if (sight === "stuck") this.#stuck(worker);
    }
  }

  #stuck(worker: PoolWorker): void {
    const { onStuck } = this.#options;
    if (onStuck === undefined) this.#queue.putBack(worker.load.recall());
    onStuck?.();
    this.#giveUp(worker, "hung");
    if (onStuck === undefined) this.#fill();
  }
}
