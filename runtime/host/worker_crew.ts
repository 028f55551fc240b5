import { RuntimeError } from "../core/errors.ts";
import type { HostEvents } from "./contract.ts";
import { LeavingThreads } from "./leaving_threads.ts";
import { PoolWorker, type PoolWorkerOptions } from "./pool_worker.ts";
import type { Lane } from "./request_lanes.ts";
import type { Timers } from "./timers.ts";

export interface WorkerCrewOptions extends Omit<PoolWorkerOptions, "lane" | "events"> {
  readonly size: number;
  readonly nextLane: () => Lane;
  readonly timers: Timers;
  readonly notice: HostEvents["notice"];
  readonly events: Pick<PoolWorkerOptions["events"], "batch"> & {
    /** A worker takes work from now on. */
    ready(): void;
    /** A worker has ended itself, without being told to. */
    exited(worker: PoolWorker): void;
  };
}

const LONGEST_PAUSE_MS = 5_000;
/** A worker whose loop is silent for so long is counted out while work waits. */
const RELIEF_AFTER_MS = 1_000;

/**
 * The workers of a pool: keeps as many as there should be at work, and pauses after starts that fail.
 *
 * A handler that computes for long, or hangs and has not outlasted its deadline yet, holds its worker; nobody may judge it,
 * and nothing may wait for it either. So another worker is opened in its place, up to as many as there should be, and
 * when it comes back one that is idle goes.
 */
export class WorkerCrew implements Iterable<PoolWorker> {
  readonly #options: WorkerCrewOptions;
  readonly #workers = new Set<PoolWorker>();
  readonly #leaving = new LeavingThreads();
  #failedStarts = 0;
  #isPausing = false;
  #starting: PromiseWithResolvers<void> | null = null;

  constructor(options: WorkerCrewOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<PoolWorker> {
    return this.#workers.values();
  }

  has(worker: PoolWorker): boolean {
    return this.#workers.has(worker);
  }

  /** @throws {RuntimeError} `host-lost` when a worker fails before all have been ready */
  async start(): Promise<void> {
    this.#starting = Promise.withResolvers();
    this.fill();
    await this.#starting.promise;
    this.#starting = null;
  }

  /** Opens workers until there are as many as there should be, apart from those that leave or are held. */
  fill(): void {
    const { size } = this.#options;
    while (!this.#isPausing && this.#atWork < size && this.#staying.length < 2 * size) {
      try {
        this.#workers.add(this.#newWorker());
      } catch (refused) {
        this.#cannotStart((refused as Error).message);
      }
    }
  }

  /** There are more workers at work than there should be. */
  get hasSurplus(): boolean {
    return this.#atWork > this.#options.size;
  }

  /** Ends an idle worker if there is one too many. */
  thin(): void {
    const idle = this.hasSurplus
      ? this.#staying.find(({ status, load }) => status === "open" && load.turns === 0)
      : null;
    if (idle) this.end(idle);
  }

  /** Ends a worker; what it had in hand is nobody's any more. */
  end(worker: PoolWorker): void {
    this.#leaving.end(worker.thread);
  }

  /** Ends all; resolves when their threads are gone, or nobody waits any longer for those that spin. */
  async stop(): Promise<void> {
    this.#starting?.reject(new RuntimeError("stopping", "The host was stopped before it had started"));
    for (const worker of [...this.#workers]) this.end(worker);
    await this.#leaving.allGone(this.#options.clock);
  }

  get #staying(): PoolWorker[] {
    return [...this.#workers].filter(({ status }) => status !== "retiring");
  }

  get #atWork(): number {
    return this.#staying.filter(({ watch }) => watch.silentMs < RELIEF_AFTER_MS).length;
  }

  #newWorker(): PoolWorker {
    const { nextLane, events, notice } = this.#options;
    return new PoolWorker({
      ...this.#options,
      lane: nextLane(),
      events: {
        ready: () => this.#ready(),
        batch: events.batch,
        stray: (message) => notice({ notice: "stray-error", message }),
        gone: (worker, how, why) => {
          this.#workers.delete(worker);
          if (how === "exited") events.exited(worker);
          else if (how === "failed") this.#cannotStart(why);
        },
      },
    });
  }

  #ready(): void {
    this.#failedStarts = 0;
    if ([...this.#workers].every(({ status }) => status !== "starting")) this.#starting?.resolve();
    this.#options.events.ready();
  }

  #cannotStart(why: string): void {
    this.#options.notice({ notice: "stray-error", message: why });
    this.#starting?.reject(new RuntimeError("host-lost", `A worker cannot start: ${why}`, { retryable: true }));
    if (this.#isPausing) return;
    this.#isPausing = true;
    this.#options.timers.after(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** this.#failedStarts++), () => {
      this.#isPausing = false;
      this.fill();
    });
  }
}
