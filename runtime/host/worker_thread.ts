import type { Permissions } from "../actor/kind.ts";
import type { TurnAnswer } from "../actor/outcome.ts";
import type { CancelTimer, Clock } from "../core/clock.ts";
import { workerPermissions } from "./permission_sets.ts";
import { hasWebLocks, waitForRelease } from "./web_lock.ts";
import {
  decodeWorkerMessage,
  encodeAnswers,
  encodeMessage,
  encodeWork,
  type OpenMessage,
  type PoolMessage,
  type PostedWork,
  type WorkerMessage,
} from "./worker_protocol.ts";

/** What a thread says of itself; nothing more after `gone`. */
export interface ThreadEvents {
  /** `at`: by its own monotonic clock. */
  ready(at: number): void;
  told(message: Exclude<WorkerMessage, { told: "ready" }>): void;
  /** The thread has ended, by itself or by `end`. `failed`: it never was ready. */
  gone(how: "exited" | "failed" | "ended", why: string): void;
}

export interface ThreadOptions {
  readonly workerUrl: string;
  /** `inherited`: those of this process, and nothing is asked of Deno that it may not know. */
  readonly permissions: Permissions | null | "inherited";
  readonly startTimeoutMs: number;
  readonly clock: Clock;
  readonly events: ThreadEvents;
}

let threadsOpened = 0;

/**
 * One Deno worker, as its parent sees it.
 *
 * ```
 * starting ──ready──► ready ──lock released──► gone (exited)
 *    │                  └────────end()───────► gone (ended)
 *    └──error, late─► gone (failed)
 * ```
 * A worker that ends itself (`Deno.exit`, `self.close`) sends no event. So it holds a Web Lock that bears its name, and
 * after `ready` the parent queues for the same lock: being granted it is the death notice. Without Web Locks such a worker
 * is silent, and found like one that is stuck.
 */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #lock = `mailroom:${Deno.pid}:${++threadsOpened}`;
  readonly #events: ThreadEvents;
  readonly #stopWaiting = new AbortController();
  readonly #released = Promise.withResolvers<void>();
  readonly #cancelStartTimeout: CancelTimer;
  #status: "starting" | "ready" | "gone" = "starting";

  /** Blocks the calling thread for some 25 ms, which Deno takes to make a worker. */
  constructor({ workerUrl, permissions, startTimeoutMs, clock, events }: ThreadOptions) {
    this.#events = events;
    this.#worker = new Worker(workerUrl, {
      type: "module",
      name: this.#lock,
      // Where `worker-options` is not turned on, the mere mention ends the process.
      ...(permissions === "inherited" ? {} : { deno: { permissions: workerPermissions(permissions) } }),
    });
    this.#worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = decodeWorkerMessage(data);
      if (message !== undefined) this.#told(message);
    };
    this.#worker.onerror = (event) => this.#failed(event);
    this.#cancelStartTimeout = clock.after(
      startTimeoutMs,
      () => this.#gone("failed", `The worker was not ready after ${startTimeoutMs} ms`),
    );
  }

  open(message: OpenMessage): void {
    this.#worker.postMessage(message);
  }

  post(message: Exclude<PoolMessage, { tell: "answers" }>): void {
    this.#post(encodeMessage(message));
  }

  postWork(posted: readonly PostedWork[]): void {
    this.#post(encodeWork(posted));
  }

  postAnswers(answers: readonly TurnAnswer[]): void {
    this.#post(encodeAnswers(answers));
  }

  /** Terminates the worker; a loop that never waits goes on (Deno 2.9) but nobody hears of it any more. */
  end(): void {
    this.#gone("ended", "The worker was ended");
  }

  /** Resolves when the thread has let go of its lock, or nobody waits for that any more. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** A thread that spins never lets go of its lock. */
  stopWaiting(): void {
    this.#stopWaiting.abort();
  }

  #post(text: string): void {
    if (this.#status === "ready") this.#worker.postMessage(text);
  }

  #told(message: WorkerMessage): void {
    if (this.#status === "gone") return;
    if (message.told !== "ready") return this.#events.told(message);
    if (this.#status !== "starting") return;
    this.#status = "ready";
    this.#cancelStartTimeout();
    waitForRelease(this.#lock, this.#stopWaiting.signal).catch(() => {}).finally(() => {
      this.#released.resolve();
      this.#gone("exited", "The worker ended itself");
    });
    this.#events.ready(message.at);
  }

  /** Without `preventDefault` an error in a worker ends the whole process. */
  #failed(event: ErrorEvent): void {
    event.preventDefault();
    if (this.#status === "starting") this.#gone("failed", event.message);
    else if (this.#status === "ready") this.#events.told({ told: "stray", message: event.message });
  }

  #gone(how: "exited" | "failed" | "ended", why: string): void {
    if (this.#status === "gone") return;
    if (this.#status === "starting" || !hasWebLocks) this.#released.resolve();
    this.#status = "gone";
    this.#cancelStartTimeout();
    this.#worker.terminate();
    this.#events.gone(how, why);
  }
}
