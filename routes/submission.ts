import { z } from "@hono/zod-openapi";
import { isJobKind, isSubmittable, type JobKind } from "../actors/job/define_job.ts";
import type { Command, Fault, Registry, System } from "../runtime/mod.ts";
import { iso } from "./instant.ts";
import { isPaused, type JobView, jobView } from "./job_view.ts";
import { isPrintable } from "./printable.ts";
import { invalid } from "./problem.ts";

const TEN_YEARS_MS = 10 * 366 * 24 * 60 * 60 * 1_000;
const ONE_DAY_MS = 24 * 60 * 60 * 1_000;

/** What `POST /api/jobs` takes. */
export const submission = z.strictObject({
  type: z.string().min(1).max(100).openapi({
    description: "One of those that `GET /api/kinds` lists",
    example: "report",
  }),
  payload: z.unknown().optional().openapi({ description: "As the type wants it; `{}` when left out" }),
  runAt: z.iso.datetime({ offset: true }).optional().openapi({ description: "An instant in the past means now" }),
  delayMs: z.number().int().min(0).max(TEN_YEARS_MS).optional().openapi({
    description: "Instead of `runAt`: how long to wait",
  }),
  priority: z.number().int().min(-1_000).max(1_000).optional().openapi({ description: "A larger one runs earlier" }),
  maxAttempts: z.number().int().min(1).max(100).optional().openapi({
    description: "With so many failed ones it is given up; by default as the type says",
  }),
  timeoutMs: z.number().int().min(1).max(ONE_DAY_MS).optional().openapi({
    description: "For each attempt; by default as the type says",
  }),
  dedupeKey: z.string().min(1).max(200).refine(isPrintable, "must be printable").optional().openapi({
    description: "While an unfinished job of the type bears this key, it is answered instead of adding another",
  }),
}).openapi("JobSubmission");

export type Submission = z.infer<typeof submission>;

/** The answer to a submission: the job before it runs. */
export const submittedView = jobView.extend({ jobId: z.string().openapi({ description: "The same as `id`" }) })
  .openapi("SubmittedJob");

export interface Submitted extends JobView {
  readonly jobId: string;
}

/** A submission as the runtime takes it, and the job as it is answered. */
export interface Placed {
  readonly command: Command;
  readonly view: Submitted;
}

export interface Submitter {
  readonly tenant: string;
  readonly id: string;
  readonly now: number;
  /** The batch that begins with it. */
  readonly batchId?: string | null;
  readonly isPaused: (kind: string) => boolean;
}

/** Who submits now, but for the id of the job. */
export function submitterIn(system: System, tenant: string): Omit<Submitter, "id"> {
  return { tenant, now: system.now(), isPaused: (kind) => isPaused(system, tenant, kind) };
}

/** The job type that a submission names. @throws {Refusal} 422 when there is none that people may submit; `at` is where the submission stands in the body */
export function jobKindOf(registry: Registry, { type }: Submission, at = ""): JobKind {
  const kind = registry.kinds.get(type);
  if (kind !== undefined && isSubmittable(kind)) return kind;
  const known = [...registry.kinds.values()].filter(isSubmittable).map(({ kind }) => kind).join(", ");
  const why = kind !== undefined && isJobKind(kind)
    ? "Only other actors make jobs of this type"
    : "There is no such job type";
  throw invalid(why, [{ pointer: `${at}/type`, detail: `must be one of ${known}` }]);
}

/** @throws {Refusal} 422 when it says both when and after what delay, or lies too far ahead */
export function place(
  kind: JobKind,
  given: Submission,
  { tenant, id, now, batchId = null, isPaused }: Submitter,
  at = "",
): Placed {
  const { payload = {}, priority, maxAttempts, timeoutMs, dedupeKey } = given;
  const delayMs = delayOf(given, now, at);
  return {
    command: {
      to: { tenant, kind: kind.kind, key: id },
      message: "run",
      payload,
      fresh: true,
      at: now,
      delayMs,
      ...(priority === undefined ? {} : { priority }),
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(dedupeKey === undefined ? {} : { dedupeKey }),
    },
    view: {
      id,
      jobId: id,
      type: kind.kind,
      status: "queued",
      paused: isPaused(kind.kind),
      run: 1,
      attempts: 0,
      maxAttempts: maxAttempts ?? kind.retry.maxAttempts,
      priority: priority ?? kind.priority,
      batchId,
      createdAt: iso(now),
      runAt: iso(now + delayMs),
      startedAt: null,
      finishedAt: null,
      progress: null,
      result: null,
      error: null,
      lastError: null,
    },
  };
}

/** Faults of a payload, as they lie in the body that holds it. */
export function inPayload(faults: readonly Fault[], at = ""): readonly Fault[] {
  return faults.map(({ pointer, detail }) => ({ pointer: `${at}/payload${pointer}`, detail }));
}

function delayOf({ runAt, delayMs }: Submission, now: number, at: string): number {
  if (runAt === undefined) return delayMs ?? 0;
  const refused = (detail: string) =>
    invalid("The time is not one a job can run at", [{ pointer: `${at}/runAt`, detail }]);
  if (delayMs !== undefined) throw refused("runAt and delayMs exclude each other");
  const untilThenMs = Date.parse(runAt) - now;
  if (!(untilThenMs <= TEN_YEARS_MS)) throw refused("must be within ten years");
  return Math.max(0, untilThenMs);
}
