import type { Progress } from "../actor/context.ts";
import type { LogLine } from "../actor/journal.ts";
import type { Message } from "../actor/message.ts";
import { LIMITS } from "../core/limits.ts";

/** One message at a host: what the server knows of the turn until its outcome is committed. */
export interface Flight {
  readonly turn: number;
  readonly message: Message;
  readonly deliveredAt: number;
  /** What `ctx.log` has written so far. */
  readonly lines: LogLine[];
  /** The newest progress that is not yet written. */
  progress: Progress | null;
  progressWrittenAt: number;
  /** Someone wishes to cancel it: no retry follows. */
  cancelWished: boolean;
}

export function createFlight(turn: number, message: Message, deliveredAt: number): Flight {
  return { turn, message, deliveredAt, lines: [], progress: null, progressWrittenAt: -Infinity, cancelWished: false };
}

/** Keeps the first lines of an attempt; beyond the limit only their number is of use, and a last line says so. */
export function keepLine(flight: Flight, line: LogLine): void {
  if (flight.lines.length < LIMITS.logLines) flight.lines.push(line);
  else if (flight.lines.length === LIMITS.logLines) {
    flight.lines.push({ at: line.at, level: "warn", message: `lines beyond ${LIMITS.logLines} are not kept` });
  }
}
