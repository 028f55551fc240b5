import { z } from "zod";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** What keeps a report small: 31 days of hours. */
const LONGEST_MS = 31 * DAY_MS;

const instant = z.iso.datetime({ offset: true });

/** The time to report on: `from` inclusive, `to` exclusive. */
export const reportPayload = z.strictObject({
  /** A day before `to` unless given. */
  from: instant.optional(),
  /** Now unless given. */
  to: instant.optional(),
}).superRefine(({ from, to }, context) => {
  if (from === undefined || to === undefined) return;
  const fault = spanFault(Date.parse(from), Date.parse(to));
  if (fault !== null) context.addIssue({ code: "custom", path: ["from"], message: fault });
});

export type ReportPayload = z.output<typeof reportPayload>;

/** A stretch of time in ms since the epoch, `until` exclusive. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** What a payload asks for, said at `nowMs`. */
export function spanOf({ from, to }: ReportPayload, nowMs: number): Span {
  const until = to === undefined ? nowMs : Date.parse(to);
  return { from: from === undefined ? until - DAY_MS : Date.parse(from), until };
}

/** Why there can be no report on the time between two instants, if so. */
export function spanFault(from: number, until: number): string | null {
  if (from >= until) return "must be before to";
  return until - from > LONGEST_MS ? "must be at most 31 days before to" : null;
}

const count = z.int().min(0);
const durationMs = z.number().nullable();

const jobsOfType = z.object({
  type: z.string(),
  total: count,
  succeeded: count,
  failed: count,
  cancelled: count,
  queued: count,
  running: count,
  /** From the start of a job's last attempt to its end; null when none of the type has ended. */
  durationMs: z.object({ p50: durationMs, p95: durationMs }),
});

/** Instants are ISO 8601 in UTC. Jobs are those that were accepted in the time reported on. */
export const reportResult = z.object({
  tenant: z.string(),
  from: z.string(),
  to: z.string(),
  generatedAt: z.string(),
  jobs: z.array(jobsOfType),
  /** What failed jobs failed with, the most frequent 20. */
  failures: z.array(z.object({ code: z.string(), message: z.string(), count })),
  rowsImported: count,
  rowsRejected: count,
  /** Every hour of the time, by when the jobs were accepted. */
  perHour: z.array(z.object({ hour: z.string(), succeeded: count, failed: count })),
});

export type ReportResult = z.output<typeof reportResult>;
