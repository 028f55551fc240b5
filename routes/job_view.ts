import { z } from "@hono/zod-openapi";
import type { ListedJob } from "../actors/job/rows.ts";
import type { System } from "../runtime/mod.ts";
import { failureOf, failureView } from "./failure_view.ts";
import { iso } from "./instant.ts";

export const JOB_STATUSES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

const instant = z.iso.datetime();

/** A job as it reads on the wire. */
export const jobView = z.object({
  id: z.string().openapi({ description: "A ULID: jobs sort by the time they were submitted" }),
  type: z.string().openapi({ description: "One of those that `GET /api/kinds` lists", example: "import" }),
  status: z.enum(JOB_STATUSES).openapi({
    description:
      "`running`: an attempt has begun and its end is not on disk; so it is until it has been run again when " +
      "the attempt died with its process",
  }),
  paused: z.boolean().openapi({ description: "It is queued, and waits until its type is resumed" }),
  run: z.number().int().openapi({ description: "1, and one more for each retry that somebody asked for" }),
  attempts: z.number().int().openapi({ description: "Of this run: begun, or failed and to be repeated" }),
  maxAttempts: z.number().int().openapi({ description: "With so many failed ones it is given up" }),
  priority: z.number().int().openapi({ description: "A larger one runs earlier" }),
  batchId: z.string().nullable().openapi({ description: "The batch that it is counted in: `GET /api/batches/{id}`" }),
  createdAt: instant.openapi({ description: "When it was taken in" }),
  runAt: instant.openapi({ description: "Not before this instant it starts, or is tried again" }),
  startedAt: instant.nullable().openapi({ description: "Of the latest attempt" }),
  finishedAt: instant.nullable().openapi({ description: "When it came to its end; null before" }),
  progress: z.object({ done: z.number(), total: z.number().optional(), note: z.string().optional() }).nullable()
    .openapi({ description: "As its handler last told it" }),
  result: z.unknown().openapi({ description: "What its handler gave back; null unless it succeeded" }),
  error: failureView.nullable().openapi({ description: "Why it was given up" }),
  lastError: failureView.nullable().openapi({ description: "Of the latest attempt that failed and was not the last" }),
}).openapi("Job");

export type JobView = z.infer<typeof jobView>;

/** Whether messages of the kind wait until somebody resumes it. */
export function isPaused({ control }: Pick<System, "control">, tenant: string, kind: string): boolean {
  return control.isPaused(tenant, kind);
}

export function viewOf(system: Pick<System, "control">, row: ListedJob): JobView {
  return {
    ...headOf(system, row),
    progress: parsed(row.progress) as JobView["progress"],
    result: parsed(row.result) as JobView["result"],
    ...failuresOf(row),
  };
}

/**
 * The same as JSON text: what is such in the row already goes in as it stands, however large. So do id, type and status,
 * which have no characters to escape.
 */
export function viewText(system: Pick<System, "control">, row: ListedJob): string {
  const { id, type, status, run, attempts, maxAttempts, priority, createdAt, runAt, startedAt, finishedAt } = row;
  const name = `{"id":"${id}","type":"${type}","status":"${status}","paused":${isWaiting(system, row)}`;
  const counts = `"run":${run},"attempts":${attempts},"maxAttempts":${maxAttempts},"priority":${priority}`;
  const batch = row.batchId === null ? '"batchId":null' : `"batchId":"${row.batchId}"`;
  const times = `${batch},"createdAt":"${iso(createdAt)}","runAt":"${iso(runAt)}"`;
  const spent = `"startedAt":${quotedOrNull(startedAt)},"finishedAt":${quotedOrNull(finishedAt)}`;
  const told = `"progress":${row.progress ?? "null"},"result":${row.result ?? "null"}`;
  return `${name},${counts},${times},${spent},${told},${failuresText(row)}}`;
}

function headOf(
  system: Pick<System, "control">,
  row: ListedJob,
): Omit<JobView, "progress" | "result" | keyof Failures> {
  const { id, type, status, run, attempts, maxAttempts, priority, batchId } = row;
  return {
    id,
    type,
    status,
    paused: isWaiting(system, row),
    run,
    attempts,
    maxAttempts,
    priority,
    batchId,
    createdAt: iso(row.createdAt),
    runAt: iso(row.runAt),
    startedAt: isoOrNull(row.startedAt),
    finishedAt: isoOrNull(row.finishedAt),
  };
}

function isWaiting(system: Pick<System, "control">, { status, tenant, type }: ListedJob): boolean {
  return status === "queued" && isPaused(system, tenant, type);
}

type Failures = Pick<JobView, "error" | "lastError">;

function failuresOf({ error, lastError }: ListedJob): Failures {
  return { error: failureIn(error), lastError: failureIn(lastError) };
}

/** Whether a job of this status is over, unless somebody asks for a new run. */
export function isFinished({ status }: { readonly status: ListedJob["status"] }): boolean {
  return status !== "queued" && status !== "running";
}

function failuresText(row: ListedJob): string {
  if (row.error === null && row.lastError === null) return '"error":null,"lastError":null';
  return JSON.stringify(failuresOf(row)).slice(1, -1);
}

function quotedOrNull(at: number | null): string {
  return at === null ? "null" : `"${iso(at)}"`;
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}

function failureIn(text: string | null): JobView["error"] {
  return text === null ? null : failureOf(JSON.parse(text));
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
