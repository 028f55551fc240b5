import { type JobContext, TerminalError } from "../authoring.ts";
import type { Durations, Failure, HourCounts, StatusCounts } from "./queries.ts";
import { type ReportPayload, type ReportResult, type Span, spanFault, spanOf } from "./schemas.ts";
import { reportTables } from "./tables.ts";

const HOUR_MS = 60 * 60 * 1_000;
const MESSAGE_CHARS = 500;
const { statusCounts, durations, failures, hours, rowsImported, rowsRejected } = reportTables.queries;

/** @throws {TerminalError} when only one end of the time was given and it does not go with the present */
export async function makeReport(payload: ReportPayload, ctx: JobContext): Promise<ReportResult> {
  const now = ctx.now();
  const span = spanOf(payload, now);
  const fault = spanFault(span.from, span.until);
  if (fault !== null) throw new TerminalError(`from ${fault}, which is now unless it is given`);
  const args = { ...span, asker: ctx.jobId };
  return {
    tenant: ctx.tenant,
    from: iso(span.from),
    to: iso(span.until),
    generatedAt: iso(now),
    jobs: withDurations(await ctx.query(statusCounts, args), await ctx.query(durations, args)),
    failures: (await ctx.query(failures, args)).map(readFailure),
    rowsImported: await ctx.query(rowsImported, args),
    rowsRejected: await ctx.query(rowsRejected, args),
    perHour: everyHour(await ctx.query(hours, args), span),
  };
}

function withDurations(counts: readonly StatusCounts[], ended: readonly Durations[]): ReportResult["jobs"] {
  const byType = new Map(ended.map(({ type, p50, p95 }) => [type, { p50, p95 }]));
  return counts.map((ofType) => ({ ...ofType, durationMs: byType.get(ofType.type) ?? { p50: null, p95: null } }));
}

function readFailure({ error, count }: Failure): ReportResult["failures"][number] {
  const { code, message } = JSON.parse(error) as { code: string; message: string };
  return { code, message: message.slice(0, MESSAGE_CHARS).toWellFormed(), count };
}

/** The hours that a span touches, those without jobs too. */
function everyHour(counted: readonly HourCounts[], { from, until }: Span): ReportResult["perHour"] {
  const byHour = new Map(counted.map((counts) => [counts.hour, counts]));
  const first = from - from % HOUR_MS;
  return Array.from({ length: Math.ceil((until - first) / HOUR_MS) }, (_, index) => {
    const hour = first + index * HOUR_MS;
    const { succeeded, failed } = byHour.get(hour) ?? { succeeded: 0, failed: 0 };
    return { hour: iso(hour), succeeded, failed };
  });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
