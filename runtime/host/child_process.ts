import type { Clock } from "../core/clock.ts";
import { childCommand, type ChildCommandOptions } from "./child_command.ts";
import type { ChildFrame, ServerFrame } from "./child_protocol.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { FramedProcess, type FramedProcessEvents, type ProcessEnd as AnyEnd } from "./framed_process.ts";

export interface ChildProcessOptions {
  readonly socketPath: string;
  readonly command: ChildCommandOptions;
  readonly clock: Clock;
  readonly events: ChildProcessEvents;
}

/** What a child process says of itself; nothing more after `gone`. */
export interface ChildProcessEvents extends Omit<FramedProcessEvents<ChildFrame>, "gone"> {
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
/** How Deno begins to say what ends it. */
const LAST_WORDS = "error: ";

/** One child process of a host, in which actors run: starting → connected → gone. */
export class ChildProcess {
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly #process: FramedProcess<ServerFrame, ChildFrame>;
  #saidOutOfMemory = false;
  #lastWords: string | null = null;

  /** @throws {Error} when the process cannot be spawned */
  constructor({ socketPath, command, clock, events }: ChildProcessOptions) {
    this.#process = new FramedProcess({
      socketPath,
      command: childCommand(socketPath, command),
      outputs: ["stdout", "stderr"],
      clock,
      events: {
        ...events,
        output: (stream, line) => {
          if (stream === "stderr") this.#heed(line);
          events.output(stream, line);
        },
        gone: (end) => events.gone(this.#endOf(end)),
      },
    });
    this.pid = this.#process.pid;
    this.gone = this.#process.gone;
  }

  /** Null until the child has connected. */
  get writer(): FrameWriter<ServerFrame> | null {
    return this.#process.writer;
  }

  kill(why: string): void {
    this.#process.kill(why);
  }

  #heed(line: string): void {
    if (OUT_OF_MEMORY.test(line)) this.#saidOutOfMemory = true;
    if (line.startsWith(LAST_WORDS)) this.#lastWords ??= line;
  }

  /** What it printed is told only of one that never connected: later it may be a handler's, which nobody is to read here. */
  #endOf({ why, killed, signal }: AnyEnd): ProcessEnd {
    const outOfMemory = !killed && this.#saidOutOfMemory && ABORTS.has(signal);
    if (outOfMemory) return { why: "a heap in it was full", outOfMemory };
    const says = !killed && this.writer === null && this.#lastWords !== null;
    return { why: says ? `${why}; ${this.#lastWords}` : why, outOfMemory };
  }
}
