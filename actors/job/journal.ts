import {
  type Attempt,
  type Entry,
  type EventDraft,
  type Journal,
  type Message,
  type RowWrite,
  type SerializedError,
  type SqlValue,
  verdictOf,
} from "../../runtime/authoring.ts";
import type { AttemptOutcome } from "./rows.ts";
import { jobTables } from "./tables.ts";

/** Writes the life of a job into `jobs` and `attempts` and tells it as `job.*` events with the subject `job/ID`. */
export const jobJournal: Journal = {
  accepted(message, { fresh, again }) {
    const { dueAt, priority } = message;
    const rows = again !== null ? sentAgain(message, again) : fresh ? [] : [told(message)];
    const asked = again === null ? {} : { by: message.by };
    return { rows, events: [event(message, "queued", { runAt: iso(dueAt), priority, ...asked })] };
  },
  started(message, { number, startedAt }) {
    return {
      rows: [write("started", { ...nameOf(message), attempts: number, startedAt })],
      events: [event(message, "started", { attempt: number, startedAt: iso(startedAt) })],
    };
  },
  progressed(message, progress) {
    return {
      rows: [write("progressed", { ...nameOf(message), progress: JSON.stringify(progress) })],
      events: [event(message, "progressed", { progress, live: true })],
    };
  },
  succeeded(message, attempt, result) {
    return finished(message, attempt, { status: "succeeded", result });
  },
  failed(message, attempt, error) {
    return finished(message, attempt, { status: "failed", error });
  },
  retrying(message, attempt, { readyAt, error }) {
    const attempts = message.attempts + (error === null ? 0 : 1);
    const lastError = error === null ? null : shown(error);
    return {
      rows: [
        write("retrying", {
          ...nameOf(message),
          attempts,
          runAt: readyAt,
          lastError: lastError && JSON.stringify(lastError),
        }),
        attempted(message, attempt, { outcome: error === null ? "snoozed" : "failed", error }),
      ],
      events: [event(message, "retrying", { attempt: attempt.number, runAt: iso(readyAt), lastError })],
    };
  },
  cancelled(message, attempt, { at, by }) {
    if (attempt !== null) return finished(message, attempt, { status: "cancelled", by });
    return {
      rows: [
        write("finished", {
          ...nameOf(message),
          status: "cancelled",
          attempts: message.attempts,
          crashes: message.crashes,
          startedAt: null,
          finishedAt: at,
          result: null,
          error: null,
        }),
      ],
      events: [event(message, "cancelled", { attempts: message.attempts, by })],
    };
  },
};

/** The journal of a type whose payloads may name a blob: that belongs to the job from then on. */
export function journalWithInput(inputOf: (payload: unknown) => string | undefined): Journal {
  return {
    ...jobJournal,
    accepted(message, how) {
      const entry = jobJournal.accepted(message, how);
      const blob = how.again !== null ? undefined : inputOf(JSON.parse(message.payload));
      return blob === undefined
        ? entry
        : { ...entry, rows: [...entry.rows, write("given", { jobId: message.key, blob })] };
    },
  };
}

function finished(
  message: Message,
  attempt: Attempt,
  ending: { status: "succeeded" | "failed" | "cancelled"; result?: string; error?: SerializedError; by?: string },
): Entry {
  const error = ending.error === undefined ? null : shown(ending.error);
  const verdict = ending.error && verdictOf(ending.error);
  const { number: attempts, startedAt, finishedAt } = attempt;
  return {
    rows: [
      write("finished", {
        ...nameOf(message),
        status: ending.status,
        attempts,
        crashes: message.crashes + (attempt.crashed ? 1 : 0),
        startedAt,
        finishedAt,
        result: ending.result ?? null,
        error: error && JSON.stringify(error),
      }),
      ...(isPlain(message, attempt, ending)
        ? []
        : [attempted(message, attempt, { outcome: ending.status, error: ending.error ?? null })]),
    ],
    events: [
      event(message, ending.status, {
        attempts,
        ...(error === null ? {} : { error: { ...error, verdict } }),
        ...(ending.by === undefined ? {} : { by: ending.by }),
      }),
    ],
  };
}

/** It succeeded, said nothing, and no attempt of this run has a row: what the record says of it is all there is. */
function isPlain(message: Message, { lines }: Attempt, { status }: { status: string }): boolean {
  return status === "succeeded" && lines.length === 0 && message.readyAt === message.dueAt;
}

function nameOf({ key, kind }: Message): { id: string; type: string } {
  return { id: key, type: kind };
}

function told(message: Message): RowWrite {
  return write("told", {
    ...nameOf(message),
    maxAttempts: message.maxAttempts,
    priority: message.priority,
    payload: message.payload,
    timeoutMs: message.timeoutMs,
    dedupeKey: message.dedupeKey,
    batchId: message.batch,
    createdBy: message.by,
    createdAt: message.enqueuedAt,
    runAt: message.dueAt,
  });
}

function sentAgain({ key: id, dueAt: runAt, maxAttempts, priority }: Message, run: number): RowWrite[] {
  return [write("attemptKept", { id }), write("requeued", { id, run, runAt, maxAttempts, priority })];
}

function attempted(
  message: Message,
  attempt: Attempt,
  { outcome, error }: { outcome: AttemptOutcome; error: SerializedError | null },
): RowWrite {
  return write("attempted", {
    jobId: message.key,
    attempt: attempt.number,
    startedAt: attempt.startedAt,
    finishedAt: attempt.finishedAt,
    outcome,
    error: error && JSON.stringify({ ...shown(error), stack: error.stack }),
    lines: JSON.stringify(attempt.lines.map((line) => ({ ...line, at: iso(line.at) }))),
  });
}

/** What everybody who may see the job may see of an error; the stack stays with the attempt. */
function shown({ code, message }: SerializedError): { code: string; message: string } {
  return { code, message };
}

function write(name: keyof typeof jobTables.writes, args: Readonly<Record<string, SqlValue>>): RowWrite {
  return { tables: jobTables.name, write: name, args };
}

const STATUS_AFTER = { started: "running", progressed: "running", retrying: "queued" } as const;

function event(
  message: Message,
  what: "queued" | "started" | "progressed" | "retrying" | "succeeded" | "failed" | "cancelled",
  more: Readonly<Record<string, unknown>>,
): EventDraft {
  const status = what in STATUS_AFTER ? STATUS_AFTER[what as keyof typeof STATUS_AFTER] : what;
  const data = JSON.stringify({ id: message.key, type: message.kind, status, ...more });
  return { type: `job.${what}`, subject: `job/${message.key}`, data };
}

/** Of the last instant that was asked for: commits come in bursts of one millisecond. */
let written = { at: NaN, text: "" };

function iso(at: number): string {
  if (at !== written.at) written = { at, text: new Date(at).toISOString() };
  return written.text;
}
