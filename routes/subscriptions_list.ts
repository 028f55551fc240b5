import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";
import { noSubscription, subscriptionParams, subscriptionView, viewOfSubscription } from "./subscription_view.ts";

const PLACE = /^subscription\/[A-Za-z0-9:-]{1,110}$/;

export const listRoute = createRoute({
  method: "get",
  path: "/api/subscriptions",
  access: "viewer",
  dedupe: { windowMs: 1_000 },
  operationId: "listSubscriptions",
  tags: ["subscriptions"],
  summary: "The subscriptions, by id: those that were made, oldest first, then those that come with kinds",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(subscriptionView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = cursor === undefined ? undefined : readCursor(cursor, PLACE).slice("subscription/".length);
    const subscriptions = await system.subscriptions.page({ tenant: c.var.tenant, after, limit: limit + 1 });
    const placeOf = ({ id }: typeof subscriptions[number]) => `subscription/${id}`;
    return c.json(pageOf(subscriptions, { limit, view: viewOfSubscription, placeOf }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/subscriptions/{id}",
  access: "viewer",
  operationId: "getSubscription",
  tags: ["subscriptions"],
  summary: "One subscription",
  request: { params: subscriptionParams },
  responses: {
    200: { description: "The subscription", content: { "application/json": { schema: subscriptionView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    const subscription = await system.subscriptions.get(c.var.tenant, c.req.valid("param").id);
    if (subscription === null) throw noSubscription();
    return c.json(viewOfSubscription(subscription), 200);
  };
}
