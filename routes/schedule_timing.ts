import { z } from "@hono/zod-openapi";
import { InvalidError, RuntimeError, type Schedules, type ScheduleTiming } from "../runtime/mod.ts";
import { isPrintable } from "./printable.ts";
import { invalid, type Refusal } from "./problem.ts";

const LONGEST_MS = 366 * 24 * 60 * 60 * 1_000;

const oneLine = (maxChars: number) => z.string().min(1).max(maxChars).refine(isPrintable, "must be printable");

/** When a schedule ticks, as a body says it: an expression in a time zone, or an interval. */
export const timingFields = {
  cron: oneLine(200).optional().openapi({
    description: "Minute, hour, day of the month, month, day of the week",
    example: "30 2 * * 1-5",
  }),
  timeZone: oneLine(64).optional().openapi({
    description: "In which the expression is read, as IANA names it; UTC when left out",
    example: "Europe/Berlin",
  }),
  everyMs: z.int().min(1_000).max(LONGEST_MS).optional().openapi({ description: "Instead of `cron`: the interval" }),
};

export type GivenTiming = Readonly<z.infer<z.ZodObject<typeof timingFields>>>;

/**
 * What a body says, checked: it comes due some time. `known`: what it leaves out of an expression stays.
 * @throws {Refusal} 422 that says which of the fields is wrong
 */
export function timingOf(
  schedules: Pick<Schedules, "preview">,
  { cron, timeZone, everyMs }: GivenTiming,
  known?: ScheduleTiming,
): ScheduleTiming {
  if (everyMs !== undefined) {
    if (cron !== undefined) throw refused("/everyMs", "cron and everyMs exclude each other");
    if (timeZone !== undefined) throw refused("/timeZone", "is for a cron expression");
    return { everyMs };
  }
  const before = known !== undefined && "cron" in known ? known : undefined;
  const expression = cron ?? before?.cron;
  if (expression === undefined) {
    throw known === undefined
      ? refused("/cron", "must be there, or everyMs")
      : refused("/timeZone", "is for a cron expression");
  }
  const timing = { cron: expression, timeZone: timeZone ?? before?.timeZone ?? "UTC" };
  if (!isTimeZone(timing.timeZone)) throw refused("/timeZone", "must be one that IANA names, as Europe/Berlin is");
  mustComeDue(schedules, timing);
  return timing;
}

/** @throws {Refusal} 422 */
function mustComeDue(schedules: Pick<Schedules, "preview">, timing: ScheduleTiming): void {
  try {
    schedules.preview(timing, 1);
  } catch (thrown) {
    if (thrown instanceof RuntimeError && thrown.code === "invalid-message") throw blamed(thrown);
    throw thrown;
  }
}

function blamed(thrown: RuntimeError): Refusal {
  if (thrown instanceof InvalidError) {
    return invalid(NO_TIMING, thrown.faults.map(({ pointer, detail }) => ({ pointer: pointer || "/cron", detail })));
  }
  return refused("/cron", thrown.message);
}

const NO_TIMING = "The schedule would never come due as it is written";

function refused(pointer: string, detail: string): Refusal {
  return invalid(NO_TIMING, [{ pointer, detail }]);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
