import type { Clock } from "../core/clock.ts";
import { childCommand, type ChildCommandOptions } from "./child_command.ts";
import type { ChildFrame, ServerFrame } from "./child_protocol.ts";
import { readFrames } from "./frame_reader.ts";
import { FrameWriter } from "./frame_writer.ts";
import { tellLines } from "./output_lines.ts";

export interface ChildProcessOptions {
  readonly socketPath: string;
  readonly command: ChildCommandOptions;
  readonly clock: Clock;
  readonly events: ChildProcessEvents;
}

/** What a child process says of itself; nothing more after `gone`. */
export interface ChildProcessEvents {
  connected(): void;
  frame(frame: ChildFrame): void;
  output(stream: "stdout" | "stderr", line: string): void;
  /** The process has ended and all that it had said has been heard. */
  gone(end: ProcessEnd): void;
}

export interface ProcessEnd {
  readonly why: string;
  /** V8 ended it because a heap was full. */
  readonly outOfMemory: boolean;
}

/** How V8 ends a process, and what it prints before. */
const ABORTS: ReadonlySet<string | null> = new Set(["SIGTRAP", "SIGABRT", "SIGILL"]);
const OUT_OF_MEMORY = /out of memory/i;

/** How long a child may take to exit after it has closed its socket. */
const EXIT_TIMEOUT_MS = 1_000;

/**
 * One child process and the socket to it. The server listens before the child is started; the child connects, which
 * only it can do: the socket lies in a folder that nobody else may enter.
 *
 * ```
 * starting ──connects──► connected ──its end, or kill()──► gone
 *     └──its end, or kill()──────────────────────────────────┘
 * ```
 */
export class ChildProcess {
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly #options: ChildProcessOptions;
  readonly #process: Deno.ChildProcess;
  readonly #listener: Deno.UnixListener;
  #writer: FrameWriter<ServerFrame> | null = null;
  #killedFor: string | null = null;
  #saidOutOfMemory = false;

  /** @throws {Error} when the process cannot be spawned */
  constructor(options: ChildProcessOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ transport: "unix", path: options.socketPath });
    try {
      this.#process = childCommand(options.socketPath, options.command).spawn();
    } catch (refused) {
      this.#listener.close();
      throw refused;
    }
    this.pid = this.#process.pid;
    this.gone = this.#live();
  }

  /** Null until the child has connected. */
  get writer(): FrameWriter<ServerFrame> | null {
    return this.#writer;
  }

  kill(why: string): void {
    this.#killedFor ??= why;
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  async #live(): Promise<void> {
    const { clock, events } = this.#options;
    const outputs = Promise.allSettled([this.#tellOutput("stdout"), this.#tellOutput("stderr")]);
    const ended = this.#process.status.finally(() => this.#closeListener());
    await this.#converse();
    const cancelTimeout = clock.after(EXIT_TIMEOUT_MS, () => this.kill("it closed its socket and did not exit"));
    const { code, signal } = await ended;
    cancelTimeout();
    await outputs;
    const outOfMemory = this.#killedFor === null && this.#saidOutOfMemory && ABORTS.has(signal);
    const died = signal === null ? `it exited with code ${code}` : `it died of ${signal}`;
    events.gone({ why: this.#killedFor ?? (outOfMemory ? "a heap in it was full" : died), outOfMemory });
  }

  #tellOutput(stream: "stdout" | "stderr"): Promise<void> {
    const { clock, events } = this.#options;
    return tellLines(this.#process[stream], {
      clock,
      tell: (line) => {
        if (stream === "stderr" && OUT_OF_MEMORY.test(line)) this.#saidOutOfMemory = true;
        events.output(stream, line);
      },
    });
  }

  /** Hears the child out until its socket closes. */
  async #converse(): Promise<void> {
    const socket = await this.#listener.accept().catch(() => null);
    this.#closeListener();
    if (socket === null) return;
    this.#writer = new FrameWriter(socket);
    this.#options.events.connected();
    try {
      await readFrames<ChildFrame>(socket, (frame) => this.#options.events.frame(frame));
    } catch (error) {
      this.kill(`its frames cannot be read: ${(error as Error).message}`);
    } finally {
      socket.close();
    }
  }

  #closeListener(): void {
    try {
      this.#listener.close();
    } catch {
      // Closed by the other way out.
    }
  }
}
