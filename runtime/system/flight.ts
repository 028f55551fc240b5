import type { Progress } from "../actor/context.ts";
import type { LogLine } from "../actor/journal.ts";
import type { Message } from "../actor/message.ts";
import { LIMITS } from "../core/limits.ts";

/** One message at a host: what the server knows of the turn until its outcome is committed. */
export interface Flight {
  readonly turn: number;
  readonly message: Message;
  readonly deliveredAt: number;
  /** In a process of its own. */
  readonly alone: boolean;
  /** What `ctx.log` has written so far. */
  readonly lines: LogLine[];
  /** The newest progress that is not yet written. */
  progress: Progress | null;
  progressWrittenAt: number;
  /** Who wishes to cancel it, so that no retry follows; null while nobody does. */
  cancelWishedBy: string | null;
  /** It bears a start mark. */
  marked: boolean;
  /** Of the message there may be batches that this flight has not sealed as it began them. */
  mayHaveBegun: boolean;
  /** The host has not ended it yet. */
  atHost: boolean;
  /** What became of its message is committed. */
  settled: boolean;
}

export function createFlight(
  turn: number,
  message: Message,
  { deliveredAt, alone = false, mayHaveBegun = true }: { deliveredAt: number; alone?: boolean; mayHaveBegun?: boolean },
): Flight {
  return {
    turn,
    message,
    deliveredAt,
    alone,
    lines: [],
    progress: null,
    progressWrittenAt: -Infinity,
    cancelWishedBy: null,
    marked: false,
    mayHaveBegun,
    atHost: true,
    settled: false,
  };
}

/** Keeps the first lines of an attempt; beyond the limit only their number is of use, and a last line says so. */
export function keepLine(flight: Flight, line: LogLine): void {
  if (flight.lines.length < LIMITS.logLines) flight.lines.push(line);
  else if (flight.lines.length === LIMITS.logLines) {
    flight.lines.push({ at: line.at, level: "warn", message: `lines beyond ${LIMITS.logLines} are not kept` });
  }
}
