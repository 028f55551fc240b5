import type { TurnAnswer, TurnRequest } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import type { Errand } from "./errand.ts";
import type { Lane } from "./request_lanes.ts";
import type { ToldOutcome } from "./told_outcome.ts";
import { WorkLoad } from "./work_load.ts";
import { type ThreadOptions, WorkerThread } from "./worker_thread.ts";
import { type WorkerSight, WorkerWatch } from "./worker_watch.ts";
import type { PostedWork, ToldBatch } from "./worker_protocol.ts";

/** Turns that one worker holds at most before it gets more: enough to keep it busy between two messages. */
const OUTSTANDING_TURNS = 256;

export interface PoolWorkerOptions extends Omit<ThreadOptions, "events"> {
  readonly lane: Lane;
  readonly stuckAfterMs: number;
  /** Of the server over this process. */
  readonly ahead: { readonly ms: number };
  readonly events: PoolWorkerEvents;
}

export interface PoolWorkerEvents {
  ready(worker: PoolWorker): void;
  batch(worker: PoolWorker, batch: ToldBatch): void;
  stray(message: string): void;
  gone(worker: PoolWorker, how: "exited" | "failed" | "ended", why: string): void;
}

/**
 * One worker of a pool: its thread, the work in its hands and what the watch knows of it.
 *
 * ```
 * starting ──ready──► open ──retire()──► retiring ──► gone
 *    └──────────────────┴───────────────────────────────┘
 * ```
 * Only an open worker is given work. A retiring one may finish what it has begun.
 */
export class PoolWorker {
  readonly lane: Lane;
  readonly load: WorkLoad = new WorkLoad();
  readonly watch: WorkerWatch;
  readonly thread: WorkerThread;
  readonly #clock: Clock;
  readonly #ahead: { readonly ms: number };
  /** Of this process over the worker. */
  #aheadHere = Infinity;
  #status: "starting" | "open" | "retiring" | "gone" = "starting";
  #outgoing: PostedWork[] = [];
  #cancels: number[] = [];

  constructor({ lane, stuckAfterMs, ahead, events, ...options }: PoolWorkerOptions) {
    this.lane = lane;
    this.#clock = options.clock;
    this.#ahead = ahead;
    this.watch = new WorkerWatch(this.load, stuckAfterMs);
    this.thread = new WorkerThread({
      ...options,
      events: {
        ready: (at) => {
          this.#status = "open";
          this.thread.open({ cells: this.load.cells.buffer, lane });
          this.#aheadHere = options.clock.monotonic() - at;
          this.tellAhead();
          events.ready(this);
        },
        told: (message) => message.told === "stray" ? events.stray(message.message) : events.batch(this, message),
        gone: (how, why) => {
          this.#status = "gone";
          events.gone(this, how, why);
        },
      },
    });
  }

  get status(): "starting" | "open" | "retiring" | "gone" {
    return this.#status;
  }

  get takesWork(): boolean {
    return this.#status === "open" && !this.watch.isSlow && this.load.hasRoomForDelivery &&
      this.load.turns < OUTSTANDING_TURNS;
  }

  /** Also when every slot waits: questions are answered beyond the slots. */
  get takesQuestions(): boolean {
    return this.#status === "open" && this.load.hasRoomForQuestion;
  }

  /** What to compare when choosing: outstanding turns, and before that whether the worker moves. */
  get burden(): number {
    return this.load.turns + (this.watch.isSlow ? 2 * OUTSTANDING_TURNS : 0);
  }

  /** Leaves with the next {@linkcode send}. */
  give(errand: Errand): void {
    this.#outgoing.push({ place: this.load.add(errand), text: errand.text });
    if (errand.cancelled.length > 0) this.#cancels.push(...errand.cancelled);
  }

  send(): void {
    if (this.#outgoing.length === 0) return;
    const [work, cancels] = [this.#outgoing, this.#cancels];
    [this.#outgoing, this.#cancels] = [[], []];
    this.thread.postWork(work);
    for (const turn of cancels) this.thread.post({ tell: "cancel", turn });
  }

  cancel(turn: number): void {
    this.load.errand(turn)?.cancelled.push(turn);
    this.thread.post({ tell: "cancel", turn });
  }

  /** Once it is ready, and whenever the server's time is known better. */
  tellAhead(): void {
    const ms = this.#ahead.ms + this.#aheadHere;
    if (ms < Infinity) this.thread.post({ tell: "ahead", ms });
  }

  answer(answers: readonly TurnAnswer[]): void {
    this.load.answered(answers, this.#clock.monotonic());
    this.thread.postAnswers(answers);
  }

  retire(): void {
    if (this.#status === "open") this.#status = "retiring";
  }

  /** What it is worth to know that the worker does, after the time since the last look. */
  look(elapsedMs: number): WorkerSight {
    return this.watch.look(elapsedMs, this.#clock.monotonic());
  }

  /** The requests of a batch that are of turns in this worker's hands. */
  believeRequests(requests: readonly TurnRequest[]): TurnRequest[] {
    const believed = requests.filter(({ turn }) => this.load.errand(turn) !== undefined);
    for (const request of believed) this.load.requested(request, this.#clock.monotonic());
    return believed;
  }

  /** The outcomes of a batch that are of turns in this worker's hands, each noted. */
  believe(outcomes: readonly ToldOutcome[]): ToldOutcome[] {
    this.watch.moved();
    return outcomes.filter((outcome) => this.load.note(outcome));
  }
}
