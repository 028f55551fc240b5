import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { CancelTimer, Clock } from "../core/clock.ts";
import { deserializeError, RuntimeError } from "../core/errors.ts";
import { readFrames } from "../host/frame_reader.ts";
import { FrameWriter } from "../host/frame_writer.ts";
import { tellLines } from "../host/output_lines.ts";
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
 * The server listens before the process starts, in a folder that nobody else may enter. A process that lets a call run
 * past its time is killed; with it all its calls fail.
 */
export class BrokerLife {
  readonly pid: number;
  /** @throws {RuntimeError} `upstream-failed` when it ends before */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone and its calls have failed. */
  readonly gone: Promise<void>;
  readonly #clock: Clock;
  readonly #listener: Deno.UnixListener;
  readonly #process: Deno.ChildProcess;
  readonly #becameReady = Promise.withResolvers<void>();
  readonly #open = new Map<number, Open>();
  #writer: FrameWriter<ToBroker> | null = null;
  #calls = 0;
  #killedFor: string | null = null;
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
    this.#listener = Deno.listen({ transport: "unix", path: socketPath });
    try {
      this.#process = command.spawn();
    } catch (refused) {
      this.#listener.close();
      throw refused;
    }
    this.pid = this.#process.pid;
    this.ready = this.#becameReady.promise;
    // Whoever waits for it hears of it; nobody may.
    this.ready.catch(() => {});
    this.gone = this.#live(first, onGone);
  }

  /** @param timeoutMs what the call itself is bound by */
  call(call: FetchCall, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<Fetched> {
    const id = this.#calls++;
    const { promise, resolve, reject } = Promise.withResolvers<Fetched>();
    const cancelTimer = this.#clock.after(timeoutMs + STUCK_AFTER_MS, () => this.kill("it was stuck"));
    const onAbort = () => {
      this.#writer?.write({ frame: "abort", id });
      reject(signal.reason);
    };
    this.#open.set(id, { resolve, reject });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else this.#writer?.write({ frame: "call", id, call });
    return promise.finally(() => {
      this.#open.delete(id);
      cancelTimer();
      signal.removeEventListener("abort", onAbort);
    });
  }

  kill(why: string): void {
    this.#killedFor ??= why;
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  async #live(first: ToBroker, onGone: (why: string) => void): Promise<void> {
    const cancelStart = this.#clock.after(START_TIMEOUT_MS, () => this.kill("it did not become ready"));
    this.ready.finally(cancelStart).catch(() => {});
    const output = tellLines(this.#process.stderr, {
      clock: this.#clock,
      tell: (line) => this.#keep(line),
    });
    const ended = this.#process.status.finally(() => this.#closeListener());
    await this.#converse(first);
    const cancelExit = this.#exitTimer();
    const { code, signal } = await ended;
    cancelExit();
    await output.catch(() => {});
    const how = signal === null ? `it exited with code ${code}` : `it died of ${signal}`;
    onGone(this.#killedFor ?? [how, ...this.#lastLines].join("; "));
    const lost = new RuntimeError("upstream-failed", "The process that makes calls to the outside was lost", {
      retryable: true,
    });
    this.#becameReady.reject(lost);
    for (const { reject } of this.#open.values()) reject(lost);
  }

  /** Hears the process out until its socket closes. */
  async #converse(first: ToBroker): Promise<void> {
    const socket = await this.#listener.accept().catch(() => null);
    this.#closeListener();
    if (socket === null) return;
    this.#writer = new FrameWriter(socket);
    this.#writer.write(first);
    try {
      await readFrames<FromBroker>(socket, (frame) => this.#heard(frame));
    } catch (error) {
      this.kill(`its frames cannot be read: ${(error as Error).message}`);
    } finally {
      socket.close();
    }
  }

  #heard(frame: FromBroker): void {
    if (frame.frame === "ready") this.#becameReady.resolve();
    else if (frame.frame === "answer") this.#open.get(frame.id)?.resolve(frame.fetched);
    else this.#open.get(frame.id)?.reject(deserializeError(frame.error));
  }

  /** The last words of a process say most about its end. */
  #keep(line: string): void {
    if (line.trim() !== "") this.#lastLines = [...this.#lastLines, line.trim()].slice(-LAST_LINES);
  }

  #exitTimer(): CancelTimer {
    return this.#clock.after(STUCK_AFTER_MS, () => this.kill("it closed its socket and did not exit"));
  }

  #closeListener(): void {
    try {
      this.#listener.close();
    } catch {
      // Closed by the other way out.
    }
  }
}
