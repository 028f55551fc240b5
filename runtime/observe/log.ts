import { getRotatingFileSink } from "@logtape/file";
import { configure, dispose, getConsoleSink, getLogger, type LogLevel, type Sink } from "@logtape/logtape";
import type { Diagnostics } from "./diagnostics.ts";
import { jsonLine, textLine } from "./log_format.ts";
import { levelOf, recordOf } from "./log_records.ts";

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "text" | "json";
  /** Also into this file as JSON lines; rotated at 10 MiB, five kept. */
  readonly file?: string | undefined;
  /**
   * By the console's method of its level, from which an exporter of OpenTelemetry knows a line's severity. Warnings and
   * errors are on stderr then.
   */
  readonly bySeverity?: boolean;
}

const LEVELS: readonly LogOptions["level"][] = ["debug", "info", "warn", "error"];
/** Of the process; until it is set, LogTape decides. */
let lowest: LogOptions["level"] = "debug";

const FILE_BYTES = 10 * 1024 * 1024;
const FILES_KEPT = 5;

/** Lines go to stdout whatever their level: stderr is for what the runtime itself has to say. */
const TO_STDOUT = { trace: "log", debug: "log", info: "log", warning: "log", error: "log", fatal: "log" } as const;

/** Sets the log of the whole process. @throws when the file cannot be opened */
export async function configureLog({ level, format, file, bySeverity = false }: LogOptions): Promise<void> {
  lowest = level;
  const formatter = format === "json" ? jsonLine : textLine;
  const consoleSink = getConsoleSink({ formatter, ...bySeverity ? {} : { levelMap: TO_STDOUT } });
  const sinks: Record<string, Sink> = { console: consoleSink };
  if (file !== undefined) {
    sinks.file = getRotatingFileSink(file, {
      formatter: jsonLine,
      maxSize: FILE_BYTES,
      maxFiles: FILES_KEPT,
      flushInterval: 1_000,
    });
  }
  const lowestLevel: LogLevel = level === "warn" ? "warning" : level;
  await configure({
    reset: true,
    sinks,
    loggers: [
      { category: "mailroom", sinks: Object.keys(sinks), lowestLevel },
      { category: ["logtape", "meta"], sinks: Object.keys(sinks), lowestLevel: "error" },
    ],
  });
}

/** Writes out what is buffered and closes the file. */
export async function closeLog(): Promise<void> {
  await dispose();
}

/** Says a thing that no diagnostic tells; `category` is the folder that speaks, as `["mailroom", "routes"]`. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export function createLog(category: readonly string[]): Log {
  const logger = getLogger(category);
  return {
    debug: (message, fields = {}) => logger.debug(message, fields),
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}

/** Most of what is told is of a level that is not written: it should cost no record. */
function isTurnedOff(level: LogOptions["level"]): boolean {
  return LEVELS.indexOf(level) < LEVELS.indexOf(lowest);
}

/** Writes what the runtime tells of itself into the log; the answer ends that. */
export function observeWithLog(diagnostics: Diagnostics): () => void {
  const logs = new Map<string, Log>();
  const logOf = (folder: string): Log => {
    let log = logs.get(folder);
    if (log === undefined) logs.set(folder, log = createLog(["mailroom", ...folder.split("/")]));
    return log;
  };
  return diagnostics.observe((diagnostic) => {
    if (isTurnedOff(levelOf(diagnostic))) return;
    const { level, folder, message, fields } = recordOf(diagnostic);
    logOf(folder)[level](message, fields);
  });
}
