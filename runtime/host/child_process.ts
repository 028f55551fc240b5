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

/** One child process of a host, in which actors run: starting → connected → gone. */
export class ChildProcess {
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly #process: FramedProcess<ServerFrame, ChildFrame>;
  #saidOutOfMemory = false;

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
          if (stream === "stderr" && OUT_OF_MEMORY.test(line)) this.#saidOutOfMemory = true;
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

  #endOf({ why, killed, signal }: AnyEnd): ProcessEnd {
    const outOfMemory = !killed && this.#saidOutOfMemory && ABORTS.has(signal);
    return { why: outOfMemory ? "a heap in it was full" : why, outOfMemory };
  }
}
