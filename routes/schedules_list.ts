import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";
import { noSchedule, scheduleParams, scheduleView, viewOfSchedule } from "./schedule_view.ts";

const PLACE = /^schedule\/[a-z0-9-]{1,100}$/;

export const listRoute = createRoute({
  method: "get",
  path: "/api/schedules",
  access: "viewer",
  dedupe: { windowMs: 1_000 },
  operationId: "listSchedules",
  tags: ["schedules"],
  summary: "The schedules, by name",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(scheduleView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = cursor === undefined ? undefined : readCursor(cursor, PLACE).slice("schedule/".length);
    const schedules = await system.schedules.page({ tenant: c.var.tenant, after, limit: limit + 1 });
    const view = (schedule: typeof schedules[number]) => viewOfSchedule(system.registry, schedule);
    return c.json(pageOf(schedules, { limit, view, placeOf: ({ name }) => `schedule/${name}` }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/schedules/{name}",
  access: "viewer",
  operationId: "getSchedule",
  tags: ["schedules"],
  summary: "One schedule",
  request: { params: scheduleParams },
  responses: {
    200: { description: "The schedule", content: { "application/json": { schema: scheduleView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    const schedule = await system.schedules.get(c.var.tenant, c.req.valid("param").name);
    if (schedule === null) throw noSchedule();
    return c.json(viewOfSchedule(system.registry, schedule), 200);
  };
}
