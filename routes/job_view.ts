import { z } from "@hono/zod-openapi";
import type { JobRow } from "../actors/job/rows.ts";

export const JOB_STATUSES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

const instant = z.iso.datetime();
const failure = z.object({ code: z.string(), message: z.string() });

/** A job as it reads on the wire. */
export const jobView = z.object({
  id: z.string(),
  type: z.string(),
  status: z.enum(JOB_STATUSES),
  run: z.number().int().openapi({ description: "1, and one more for each retry that somebody asked for" }),
  attempts: z.number().int(),
  maxAttempts: z.number().int(),
  priority: z.number().int(),
  createdAt: instant,
  runAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  progress: z.object({ done: z.number(), total: z.number().optional(), note: z.string().optional() }).nullable(),
  result: z.unknown(),
  error: failure.nullable(),
  lastError: failure.nullable(),
}).openapi("Job");

export type JobView = z.infer<typeof jobView>;

export function viewOf(row: JobRow): JobView {
  const { id, type, status, run, attempts, maxAttempts, priority } = row;
  return {
    id,
    type,
    status,
    run,
    attempts,
    maxAttempts,
    priority,
    createdAt: iso(row.createdAt),
    runAt: iso(row.runAt),
    startedAt: isoOrNull(row.startedAt),
    finishedAt: isoOrNull(row.finishedAt),
    progress: parsed(row.progress) as JobView["progress"],
    result: parsed(row.result) as JobView["result"],
    error: parsed(row.error) as JobView["error"],
    lastError: parsed(row.lastError) as JobView["lastError"],
  };
}

/** Whether a job of this status is over, unless somebody asks for a new run. */
export function isFinished({ status }: { readonly status: JobRow["status"] }): boolean {
  return status !== "queued" && status !== "running";
}

/** Ms since the epoch as ISO 8601 in UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
