import { type RouteHandler, z } from "@hono/zod-openapi";
import type { ActionRow } from "../actors/customer_action/rows.ts";
import { actionTables } from "../actors/customer_action/tables.ts";
import { createRoute } from "./access/create_route.ts";
import { foreignCursor, readCursor } from "./cursor.ts";
import {
  actionParams,
  actionView,
  fanOutOf,
  fanOutView,
  mustKnowActions,
  viewOfAction,
} from "./customer_actions_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^action\/\d{1,16}\/[A-Za-z0-9._-]{1,100}$/;

export const listRoute = createRoute({
  method: "get",
  path: "/api/customer-actions",
  access: "viewer",
  dedupe: { windowMs: 1_000 },
  operationId: "listCustomerActions",
  tags: ["customer actions"],
  summary: "The customer actions, newest first",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(actionView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    mustKnowActions(system);
    const before = cursor === undefined ? undefined : placeIn(cursor);
    const rows = await system.query(c.var.tenant, actionTables.queries.actions, { before, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfAction, placeOf }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/customer-actions/{id}",
  access: "viewer",
  dedupe: { windowMs: 1_000 },
  operationId: "getCustomerAction",
  tags: ["customer actions"],
  summary: "A customer action, and how far what it began is",
  request: { params: actionParams },
  responses: {
    200: { description: "The action", content: { "application/json": { schema: fanOutView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => c.json(await fanOutOf(system, c.var.tenant, c.req.valid("param").id), 200);
}

function placeOf({ createdAt, id }: ActionRow): string {
  return `action/${createdAt}/${id}`;
}

function placeIn(cursor: string): Pick<ActionRow, "createdAt" | "id"> {
  const [, at, id] = readCursor(cursor, PLACE).split("/") as [string, string, string];
  const createdAt = Number(at);
  if (!Number.isSafeInteger(createdAt)) throw foreignCursor();
  return { createdAt, id };
}
