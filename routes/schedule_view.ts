import { z } from "@hono/zod-openapi";
import { isJobKind } from "../actors/job/define_job.ts";
import { type Registry, RuntimeError, type Schedule, type Tick } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

/** Kebab-case. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const EXAMPLE = "nightly-report";

export const scheduleName = z.string().max(100).regex(NAME, "must be kebab-case, as nightly-report is")
  .openapi({ description: "Kebab-case; unique in its tenant", example: EXAMPLE });

/** The `{name}` of a schedule's path; one that cannot be one answers 404 like any other unknown schedule. */
export const scheduleParams = z.object({
  name: z.string().max(100).regex(NAME).openapi({ description: "Of the schedule", example: EXAMPLE }),
});

export const CATCH_UPS = ["all", "latest", "skip"] as const;

const instant = z.iso.datetime();

/** A tick as it reads on the wire. */
export const tickView = z.object({
  instant: instant.openapi({ description: "When it was due; of one that was asked for, when that was" }),
  at: instant.openapi({ description: "When it was looked at" }),
  status: z.enum(["sent", "skipped", "refused"]).openapi({
    description: "`skipped`: missed, and its policy says so; `refused`: its message was not accepted, see `error`",
  }),
  cause: z.enum(["due", "caught-up", "asked"]).openapi({
    description: "`caught-up`: missed, and sent later; `asked`: somebody asked for it",
  }),
  by: z.string().nullable().openapi({ description: "Who asked for it; null where nobody did" }),
  key: z.string().nullable().openapi({
    description: "Of the actor that was sent to, for a job its id; null unless sent",
  }),
  messageId: z.string().nullable().openapi({ description: "Null unless sent" }),
  error: z.string().nullable().openapi({ description: "Why it was refused" }),
}).openapi("Tick");

/** A schedule as it reads on the wire. */
export const scheduleView = z.object({
  name: z.string().openapi({ description: "Kebab-case", example: EXAMPLE }),
  cron: z.string().nullable().openapi({ description: "Five fields; null for an interval", example: "30 2 * * 1-5" }),
  timeZone: z.string().nullable().openapi({ description: "In which the expression is read; null for an interval" }),
  everyMs: z.number().int().nullable().openapi({ description: "The interval; null for an expression" }),
  target: z.object({
    type: z.string().optional().openapi({ description: "Of the job that each tick submits" }),
    kind: z.string().optional().openapi({ description: "Of the actor that each tick sends to; not for jobs" }),
    key: z.string().nullable().optional().openapi({ description: "Null: a new actor each time; not for jobs" }),
    message: z.string().optional().openapi({ description: "Not for jobs" }),
    payload: z.unknown().openapi({ description: "As it was given" }),
  }).openapi({ description: "To whom each tick sends what, as `POST /api/schedules` takes it" }),
  catchUp: z.enum(CATCH_UPS).openapi({ description: "What is sent of what was missed" }),
  catchUpLimit: z.number().int().openapi({ description: "With `all`: the newest so many" }),
  jitterMs: z.number().int().openapi({ description: "A message comes up to so much later than its instant" }),
  enabled: z.boolean().openapi({ description: "Whether it ticks" }),
  builtIn: z.boolean().openapi({ description: "It belongs to the program: it can be paused, and not deleted" }),
  nextAt: instant.nullable().openapi({ description: "When it ticks next; null when it is paused" }),
  last: z.object(tickView.shape).nullable().openapi({ description: "Its latest tick" }),
  createdBy: z.string().openapi({ description: "Who declared it: a subject, or `system`" }),
  createdAt: instant.openapi({ description: "When it was declared" }),
  updatedAt: instant.openapi({ description: "When somebody last changed it" }),
}).openapi("Schedule");

type ScheduleView = z.infer<typeof scheduleView>;

export function viewOfSchedule(registry: Registry, schedule: Schedule): ScheduleView {
  const { name, timing, catchUp, catchUpLimit, jitterMs, enabled, builtIn, nextAt, last, createdBy } = schedule;
  return {
    name,
    ...("cron" in timing ? { ...timing, everyMs: null } : { cron: null, timeZone: null, everyMs: timing.everyMs }),
    target: targetOf(registry, schedule.target),
    catchUp,
    catchUpLimit,
    jitterMs,
    enabled,
    builtIn,
    nextAt: nextAt === null ? null : iso(nextAt),
    last: last === null ? null : viewOfTick(last),
    createdBy,
    createdAt: iso(schedule.createdAt),
    updatedAt: iso(schedule.updatedAt),
  };
}

export function viewOfTick({ instant, at, status, cause, by, key, messageId, error }: Tick): z.infer<typeof tickView> {
  return { instant: iso(instant), at: iso(at), status, cause, by, key, messageId, error };
}

/** The same for one that never was, one that is gone and another tenant's. */
export function noSchedule(): RuntimeError {
  return new RuntimeError("not-found", "There is no such schedule");
}

/** A kind that is not known any more is told as it was written down. */
function targetOf({ kinds }: Registry, { kind, key, message, payload }: Schedule["target"]): ScheduleView["target"] {
  const known = kinds.get(kind);
  return known !== undefined && isJobKind(known) ? { type: kind, payload } : { kind, key, message, payload };
}
