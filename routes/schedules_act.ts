import type { RouteHandler } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Schedule } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";
import { noSchedule, scheduleParams, scheduleView, tickView, viewOfSchedule, viewOfTick } from "./schedule_view.ts";
import { blame } from "./schedules_declare.ts";

const schedule = { "application/json": { schema: scheduleView } };

export const pauseRoute = createRoute({
  method: "post",
  path: "/api/schedules/{name}/pause",
  access: "operator",
  operationId: "pauseSchedule",
  tags: ["schedules"],
  summary: "Let a schedule tick no more until it is resumed",
  description: "What it has sent runs on, and what is not sent meanwhile is not missed. A second call changes nothing.",
  request: { params: scheduleParams },
  responses: { 200: { description: "The schedule, paused", content: schedule }, ...problems },
});

export function pause(deps: Deps): RouteHandler<typeof pauseRoute, AppEnv> {
  return async (c) => {
    const paused = await switched(deps, c, { name: c.req.valid("param").name, enabled: false });
    return c.json(viewOfSchedule(deps.system.registry, paused), 200);
  };
}

export const resumeRoute = createRoute({
  method: "post",
  path: "/api/schedules/{name}/resume",
  access: "operator",
  operationId: "resumeSchedule",
  tags: ["schedules"],
  summary: "Let a paused schedule tick again, from now on",
  description: "Of one that is not paused nothing changes.",
  request: { params: scheduleParams },
  responses: { 200: { description: "The schedule, not paused", content: schedule }, ...problems },
});

export function resume(deps: Deps): RouteHandler<typeof resumeRoute, AppEnv> {
  return async (c) => {
    const resumed = await switched(deps, c, { name: c.req.valid("param").name, enabled: true });
    return c.json(viewOfSchedule(deps.system.registry, resumed), 200);
  };
}

export const runRoute = createRoute({
  method: "post",
  path: "/api/schedules/{name}/run",
  access: "operator",
  operationId: "runSchedule",
  tags: ["schedules"],
  summary: "Send now what a schedule sends, beside its ticks, paused or not",
  request: { params: scheduleParams },
  responses: {
    202: { description: "What was sent, as a tick", content: { "application/json": { schema: tickView } } },
    ...problems,
  },
});

export function run({ system, submissions, deedOf }: Deps): RouteHandler<typeof runRoute, AppEnv> {
  return async (c) => {
    const { name } = c.req.valid("param");
    await submissions.take(c.var.tenant, 1);
    const tick = await system.schedules.runNow(c.var.tenant, name, deedOf(c, `schedule/${name}`)).catch(blame);
    return c.json(viewOfTick(tick), 202);
  };
}

async function switched(
  { system: { schedules }, deedOf }: Deps,
  c: Context<AppEnv>,
  { name, enabled }: { readonly name: string; readonly enabled: boolean },
): Promise<Schedule> {
  const { tenant } = c.var;
  const known = await schedules.get(tenant, name);
  if (known === null) throw noSchedule();
  if (known.enabled === enabled) return known;
  return await schedules.change(tenant, name, { enabled }, deedOf(c, `schedule/${name}`)).catch(blame);
}
