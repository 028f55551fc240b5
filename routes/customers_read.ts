import { type RouteHandler, z } from "@hono/zod-openapi";
import { customerTables } from "../actors/customer/tables.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import { customerOf, customerParams, customerView, mustKnowCustomers, viewOfCustomer } from "./customers_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^customer\/[A-Za-z0-9._-]{1,100}$/;

export const listRoute = createRoute({
  method: "get",
  path: "/api/customers",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listCustomers",
  tags: ["customers"],
  summary: "The customers, by id",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(customerView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    mustKnowCustomers(system);
    const after = cursor === undefined ? undefined : readCursor(cursor, PLACE).slice("customer/".length);
    const rows = await system.query(c.var.tenant, customerTables.queries.customers, { after, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfCustomer, placeOf: ({ id }) => `customer/${id}` }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/customers/{id}",
  access: "viewer",
  operationId: "getCustomer",
  tags: ["customers"],
  summary: "A customer",
  request: { params: customerParams },
  responses: {
    200: { description: "The customer", content: { "application/json": { schema: customerView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => c.json(viewOfCustomer(await customerOf(system, c.var.tenant, c.req.valid("param").id)), 200);
}
