import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";
import { timingFields, timingOf } from "./schedule_timing.ts";
import { noSchedule, scheduleParams, tickView, viewOfTick } from "./schedule_view.ts";

const PLACE = /^tick\/\d{1,15}$/;

export const ticksRoute = createRoute({
  method: "get",
  path: "/api/schedules/{name}/ticks",
  access: "viewer",
  operationId: "listTicks",
  tags: ["schedules"],
  summary: "What became of the instants of a schedule, newest first",
  request: { params: scheduleParams, query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(tickView) } },
    },
    ...problems,
  },
});

export function ticks({ system: { schedules } }: Deps): RouteHandler<typeof ticksRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { name } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const before = cursor === undefined ? undefined : Number(readCursor(cursor, PLACE).slice("tick/".length));
    if (await schedules.get(tenant, name) === null) throw noSchedule();
    const ticks = await schedules.ticks({ tenant, name, before, limit: limit + 1 });
    return c.json(pageOf(ticks, { limit, view: viewOfTick, placeOf: ({ instant }) => `tick/${instant}` }), 200);
  };
}

const question = z.strictObject({
  ...timingFields,
  count: z.int().min(1).max(100).default(5).openapi({ description: "How many" }),
}).openapi("SchedulePreview");

export const previewRoute = createRoute({
  method: "post",
  path: "/api/schedules/preview",
  access: "viewer",
  changes: "nothing",
  operationId: "previewSchedule",
  tags: ["schedules"],
  summary: "When a schedule that is written so would tick next",
  description: "Changes nothing: it is there to see what one has written. 422 for what can never be due.",
  request: { body: { required: true, content: { "application/json": { schema: question } } } },
  responses: {
    200: {
      description: "Its next instants, in order; fewer where there are no more",
      content: { "application/json": { schema: z.object({ instants: z.array(z.iso.datetime()) }) } },
    },
    ...problems,
  },
});

export function preview({ system: { schedules } }: Deps): RouteHandler<typeof previewRoute, AppEnv> {
  return (c) => {
    const { count, ...timing } = c.req.valid("json");
    return c.json({ instants: schedules.preview(timingOf(schedules, timing), count).map(iso) }, 200);
  };
}
