import { type RouteHandler, z } from "@hono/zod-openapi";
import { InvalidError, RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { invalid } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import { givenTarget, targetIn } from "./schedule_target.ts";
import { timingFields, timingOf } from "./schedule_timing.ts";
import { CATCH_UPS, noSchedule, scheduleName, scheduleParams, scheduleView, viewOfSchedule } from "./schedule_view.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const catchUp = z.enum(CATCH_UPS).openapi({
  description: "Of what was missed while nothing ran: send `all`, the `latest`, or none (`skip`)",
});
const catchUpLimit = z.int().min(1).max(1_000).openapi({ description: "With `all`: the newest so many" });
const jitterMs = z.int().min(0).max(DAY_MS).openapi({
  description: "Each message comes up to so much later than its instant; at most half of what lies between two",
});
const enabled = z.boolean().openapi({ description: "Whether it ticks" });

const order = z.strictObject({
  name: scheduleName,
  ...timingFields,
  target: givenTarget,
  catchUp: catchUp.default("latest"),
  catchUpLimit: catchUpLimit.default(100),
  jitterMs: jitterMs.default(0),
  enabled: enabled.default(true),
}).openapi("ScheduleOrder");

const changes = z.strictObject({
  ...timingFields,
  target: givenTarget.optional(),
  catchUp: catchUp.optional(),
  catchUpLimit: catchUpLimit.optional(),
  jitterMs: jitterMs.optional(),
  enabled: enabled.optional(),
}).openapi("ScheduleChanges");

const schedule = { "application/json": { schema: scheduleView } };

export const createScheduleRoute = createRoute({
  method: "post",
  path: "/api/schedules",
  access: "operator",
  operationId: "createSchedule",
  tags: ["schedules"],
  summary: "Send something again and again: by a cron expression, or in an interval",
  description: "Each instant sends once, whatever dies and however many nodes there are. 409 when there is one of " +
    "this name; 422 for what can never be due, or would be taken by nobody.",
  request: { body: { required: true, content: { "application/json": { schema: order } } } },
  responses: { 201: { description: "The schedule", content: schedule }, ...problems },
});

export function create({ system, deedOf }: Deps): RouteHandler<typeof createScheduleRoute, AppEnv> {
  return async (c) => {
    const { cron, timeZone, everyMs, target, ...rest } = c.req.valid("json");
    const declared = {
      ...rest,
      timing: timingOf(system.schedules, { cron, timeZone, everyMs }),
      target: targetIn(system.registry, target),
    };
    const deed = deedOf(c, `schedule/${rest.name}`);
    const made = await system.schedules.create(c.var.tenant, declared, deed).catch(blame);
    return c.json(viewOfSchedule(system.registry, made), 201, { Location: `/api/schedules/${made.name}` });
  };
}

export const changeRoute = createRoute({
  method: "patch",
  path: "/api/schedules/{name}",
  access: "operator",
  operationId: "changeSchedule",
  tags: ["schedules"],
  summary: "Change a schedule; what is not said stays",
  description: "A new expression or interval counts from now. The target changes as a whole.",
  request: { params: scheduleParams, body: { required: true, content: { "application/json": { schema: changes } } } },
  responses: { 200: { description: "The schedule, changed", content: schedule }, ...problems },
});

export function change({ system, deedOf }: Deps): RouteHandler<typeof changeRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { name } = c.req.valid("param");
    const { cron, timeZone, everyMs, target, ...rest } = c.req.valid("json");
    const known = await system.schedules.get(tenant, name);
    if (known === null) throw noSchedule();
    const timing = defined({ cron, timeZone, everyMs });
    const changed = {
      ...defined(rest),
      ...(Object.keys(timing).length === 0 ? {} : { timing: timingOf(system.schedules, timing, known.timing) }),
      ...(target === undefined ? {} : { target: targetIn(system.registry, target) }),
    };
    const schedule = await system.schedules.change(tenant, name, changed, deedOf(c, `schedule/${name}`)).catch(blame);
    return c.json(viewOfSchedule(system.registry, schedule), 200);
  };
}

export const removeRoute = createRoute({
  method: "delete",
  path: "/api/schedules/{name}",
  access: "operator",
  operationId: "deleteSchedule",
  tags: ["schedules"],
  summary: "Delete a schedule, with the history of its ticks",
  description: "What it has sent runs on. 409 for one that belongs to the program: pause it.",
  request: { params: scheduleParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

export function remove({ system, deedOf }: Deps): RouteHandler<typeof removeRoute, AppEnv> {
  return async (c) => {
    const { name } = c.req.valid("param");
    await system.schedules.remove(c.var.tenant, name, deedOf(c, `schedule/${name}`)).catch(blame);
    return c.body(null, 204);
  };
}

/** Timing and target have been looked at when the runtime refuses a declaration: what is left depends on both. */
export function blame(thrown: unknown): never {
  if (thrown instanceof InvalidError) throw invalid(thrown.message, thrown.faults);
  if (thrown instanceof RuntimeError && thrown.code === "not-found") throw noSchedule();
  if (thrown instanceof RuntimeError && thrown.code === "invalid-message") {
    throw invalid("There is no such schedule to be had", [{ pointer: "/jitterMs", detail: thrown.message }]);
  }
  throw thrown;
}

/** Without the properties that are not there. */
function defined<T extends object>(all: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as never;
}
