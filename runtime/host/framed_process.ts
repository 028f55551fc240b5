import type { Clock } from "../core/clock.ts";
import { readFrames } from "./frame_reader.ts";
import { FrameWriter } from "./frame_writer.ts";
import { tellLines } from "./output_lines.ts";

export type OutputStream = "stdout" | "stderr";

export interface FramedProcessOptions<Heard> {
  /** In a folder that nobody else may enter. */
  readonly socketPath: string;
  readonly command: Deno.Command;
  /** Which of its outputs the command pipes. */
  readonly outputs: readonly OutputStream[];
  readonly clock: Clock;
  readonly events: FramedProcessEvents<Heard>;
}

/** What a process says of itself; nothing more after `gone`. */
export interface FramedProcessEvents<Heard> {
  connected(): void;
  frame(frame: Heard): void;
  output(stream: OutputStream, line: string): void;
  /** The process has ended and all that it had said has been heard. */
  gone(end: ProcessEnd): void;
}

export interface ProcessEnd {
  /** What it was killed for, else how it died. */
  readonly why: string;
  readonly killed: boolean;
  readonly signal: Deno.Signal | null;
}

/** How long a process may take to exit after it has closed its socket. */
const EXIT_TIMEOUT_MS = 1_000;

/**
 * A process and the socket to it. The server listens before the process is started; the process connects, which only it
 * can do.
 *
 * ```
 * starting ──connects──► connected ──its end, or kill()──► gone
 *     └──its end, or kill()──────────────────────────────────┘
 * ```
 */
export class FramedProcess<Said, Heard> {
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly #options: FramedProcessOptions<Heard>;
  readonly #process: Deno.ChildProcess;
  readonly #listener: Deno.UnixListener;
  #writer: FrameWriter<Said> | null = null;
  #killedFor: string | null = null;

  /** @throws {Error} when the process cannot be spawned */
  constructor(options: FramedProcessOptions<Heard>) {
    this.#options = options;
    this.#listener = Deno.listen({ transport: "unix", path: options.socketPath });
    try {
      this.#process = options.command.spawn();
    } catch (refused) {
      this.#listener.close();
      throw refused;
    }
    this.pid = this.#process.pid;
    this.gone = this.#live();
  }

  /** Null until the process has connected. */
  get writer(): FrameWriter<Said> | null {
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
    const { clock, events, outputs } = this.#options;
    const told = Promise.allSettled(outputs.map((stream) => this.#tellOutput(stream)));
    const ended = this.#process.status.finally(() => this.#closeListener());
    await this.#converse();
    const cancelTimeout = clock.after(EXIT_TIMEOUT_MS, () => this.kill("it closed its socket and did not exit"));
    const { code, signal } = await ended;
    cancelTimeout();
    await told;
    const died = signal === null ? `it exited with code ${code}` : `it died of ${signal}`;
    events.gone({ why: this.#killedFor ?? died, killed: this.#killedFor !== null, signal });
  }

  #tellOutput(stream: OutputStream): Promise<void> {
    const { clock, events } = this.#options;
    return tellLines(this.#process[stream], { clock, tell: (line) => events.output(stream, line) });
  }

  /** Hears the process out until its socket closes. */
  async #converse(): Promise<void> {
    const socket = await this.#listener.accept().catch(() => null);
    this.#closeListener();
    if (socket === null) return;
    this.#writer = new FrameWriter(socket);
    this.#options.events.connected();
    try {
      await readFrames<Heard>(socket, (frame) => this.#options.events.frame(frame));
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
