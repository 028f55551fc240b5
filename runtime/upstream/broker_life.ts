import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { deserializeError, RuntimeError } from "../core/errors.ts";
import { FramedProcess } from "../host/framed_process.ts";
import type { FromBroker, ToBroker } from "./broker_protocol.ts";

const START_TIMEOUT_MS = 20_000;
/** How much longer than its own time a call may take before its process is taken for stuck. */
const STUCK_AFTER_MS = 5_000;
const LAST_LINES = 5;

interface Open {
  resolve(fetched: Fetched): void;
  reject(error: unknown): void;
}

/**
 * One process of a broker, from its start to its end, and the calls it was given.
 *
 * ```
 * starting ──says ready──► open ──its end, or kill()──► gone
 *     └──its end, or kill()────────────────────────────────┘
 * ```
 * A process that lets a call run past its time is killed; with it all its calls fail.
 */
export class BrokerLife {
  readonly pid: number;
  /** @throws {RuntimeError} `upstream-failed` when it ends before */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone and its calls have failed. */
  readonly gone: Promise<void>;
  readonly #clock: Clock;
  readonly #process: FramedProcess<ToBroker, FromBroker>;
  readonly #becameReady = Promise.withResolvers<void>();
  readonly #open = new Map<number, Open>();
  #calls = 0;
  #lastLines: string[] = [];

  /** @throws {Error} when the process cannot be spawned */
  constructor(
    { socketPath, command, first, clock, onGone = () => {} }: {
      socketPath: string;
      command: Deno.Command;
      first: ToBroker;
      clock: Clock;
      /** The process is gone; its calls fail next. */
      onGone?: (why: string) => void;
    },
  ) {
    this.#clock = clock;
    this.#process = new FramedProcess({
      socketPath,
      command,
      outputs: ["stderr"],
      clock,
      events: {
        connected: () => this.#process.writer?.write(first),
        frame: (frame) => this.#heard(frame),
        output: (_, line) => this.#keep(line),
        gone: ({ why, killed }) => {
          onGone(killed ? why : [why, ...this.#lastLines].join("; "));
          this.#fail();
        },
      },
    });
    this.pid = this.#process.pid;
    this.gone = this.#process.gone;
    this.ready = this.#becameReady.promise;
    const cancelStart = clock.after(START_TIMEOUT_MS, () => this.kill("it did not become ready"));
    // Whoever waits for it hears of its failure; nobody may.
    this.ready.finally(cancelStart).catch(() => {});
  }

  /** @param timeoutMs what the call itself is bound by */
  call(call: FetchCall, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<Fetched> {
    const id = this.#calls++;
    const { promise, resolve, reject } = Promise.withResolvers<Fetched>();
    const cancelTimer = this.#clock.after(timeoutMs + STUCK_AFTER_MS, () => this.kill("it was stuck"));
    const onAbort = () => {
      this.#process.writer?.write({ frame: "abort", id });
      reject(signal.reason);
    };
    this.#open.set(id, { resolve, reject });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else this.#process.writer?.write({ frame: "call", id, call });
    return promise.finally(() => {
      this.#open.delete(id);
      cancelTimer();
      signal.removeEventListener("abort", onAbort);
    });
  }

  kill(why: string): void {
    this.#process.kill(why);
  }

  #heard(frame: FromBroker): void {
    if (frame.frame === "ready") this.#becameReady.resolve();
    else if (frame.frame === "answer") this.#open.get(frame.id)?.resolve({ ...frame.head, text: frame.text! });
    else this.#open.get(frame.id)?.reject(deserializeError(frame.error));
  }

  /** The last words of a process say most about its end. */
  #keep(line: string): void {
    if (line.trim() !== "") this.#lastLines = [...this.#lastLines, line.trim()].slice(-LAST_LINES);
  }

  #fail(): void {
    const lost = new RuntimeError("upstream-failed", "The process that makes calls to the outside was lost", {
      retryable: true,
    });
    this.#becameReady.reject(lost);
    for (const { reject } of this.#open.values()) reject(lost);
  }
}
