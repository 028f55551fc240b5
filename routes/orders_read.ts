import { type RouteHandler, z } from "@hono/zod-openapi";
import { ORDER_STATUSES, type OrderRow } from "../actors/order/rows.ts";
import { orderTables } from "../actors/order/tables.ts";
import { createRoute } from "./access/create_route.ts";
import { foreignCursor, readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { mustTakeOrders, orderOf, orderParams, orderView, viewOfOrder } from "./orders_view.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^order\/\d{1,16}\/[A-Za-z0-9._-]{1,100}$/;

const filters = {
  status: z.enum(ORDER_STATUSES).optional().openapi({ description: "Of this status only" }),
  from: z.iso.datetime().optional().openapi({ description: "Accepted then or later", example: "2026-01-05T06:00:00Z" }),
  until: z.iso.datetime().optional().openapi({ description: "Accepted before" }),
};

export const listRoute = createRoute({
  method: "get",
  path: "/api/orders",
  access: "viewer",
  dedupe: { windowMs: 1_000 },
  operationId: "listOrders",
  tags: ["orders"],
  summary: "The orders, newest first",
  request: { query: z.strictObject({ ...paging, ...filters }) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(orderView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor, status, from, until } = c.req.valid("query");
    mustTakeOrders(system);
    const rows = await system.query(c.var.tenant, orderTables.queries.orders, {
      status,
      from: from === undefined ? undefined : Date.parse(from),
      until: until === undefined ? undefined : Date.parse(until),
      before: cursor === undefined ? undefined : placeIn(cursor),
      limit: limit + 1,
    });
    const placeOf = ({ createdAt, requestId }: OrderRow) => `order/${createdAt}/${requestId}`;
    return c.json(pageOf(rows, { limit, view: viewOfOrder, placeOf }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/orders/{requestId}",
  access: "viewer",
  dedupe: { windowMs: 1_000 },
  operationId: "getOrder",
  tags: ["orders"],
  summary: "An order, and how far it is",
  request: { params: orderParams },
  responses: {
    200: { description: "The order", content: { "application/json": { schema: orderView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => c.json(viewOfOrder(await orderOf(system, c.var.tenant, c.req.valid("param").requestId)), 200);
}

function placeIn(cursor: string): Pick<OrderRow, "createdAt" | "requestId"> {
  const [, at, requestId] = readCursor(cursor, PLACE).split("/") as [string, string, string];
  const createdAt = Number(at);
  if (!Number.isSafeInteger(createdAt)) throw foreignCursor();
  return { createdAt, requestId };
}
