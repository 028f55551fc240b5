import { type RouteHandler, z } from "@hono/zod-openapi";
import { TENANT_PATTERN } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";
import {
  mustFindTenant,
  settingsOrder,
  tenant,
  tenantId,
  tenantName,
  tenantParams,
  tenantView,
  viewOfTenant,
} from "./tenant_view.ts";

export const listRoute = createRoute({
  method: "get",
  path: "/api/tenants",
  access: "platform",
  operationId: "listTenants",
  tags: ["tenants"],
  summary: "The registered tenants, in the order of their ids",
  description: "Others may work here too: whom nobody has registered has the installation's settings.",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(tenantView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = cursor === undefined ? undefined : readCursor(cursor, TENANT_PATTERN);
    const rows = await system.tenants.page({ after, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfTenant, placeOf: ({ id }) => id }), 200);
  };
}

export const createTenantRoute = createRoute({
  method: "post",
  path: "/api/tenants",
  access: "platform",
  operationId: "createTenant",
  tags: ["tenants"],
  summary: "Register a tenant",
  description: "What it has done here before stays its own. 409 when there is a tenant of this id.",
  request: {
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({ id: tenantId, name: tenantName.optional(), settings: settingsOrder.optional() })
            .openapi("TenantOrder"),
        },
      },
    },
  },
  responses: { 201: { description: "The tenant, active", content: tenant }, ...problems },
});

export function create({ system, deedOf }: Deps): RouteHandler<typeof createTenantRoute, AppEnv> {
  return async (c) => {
    const { id, name = id, settings } = c.req.valid("json");
    const deed = { tenant: c.var.tenant, ...deedOf(c, `tenant/${id}`) };
    const made = await system.tenants.create({ id, name, settings }, deed);
    return c.json(viewOfTenant(made), 201, { Location: `/api/tenants/${id}` });
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/tenants/{id}",
  access: "platform",
  operationId: "getTenant",
  tags: ["tenants"],
  summary: "A registered tenant",
  request: { params: tenantParams },
  responses: { 200: { description: "The tenant", content: tenant }, ...problems },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => c.json(viewOfTenant(await mustFindTenant(system, c.req.valid("param").id)), 200);
}

export const changeRoute = createRoute({
  method: "patch",
  path: "/api/tenants/{id}",
  access: "platform",
  operationId: "changeTenant",
  tags: ["tenants"],
  summary: "Change a tenant's name or settings; what is left out stays",
  description: "It holds at once at the node that answers, and within seconds at all others.",
  request: {
    params: tenantParams,
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({ name: tenantName.optional(), settings: settingsOrder.optional() })
            .openapi("TenantChanges"),
        },
      },
    },
  },
  responses: { 200: { description: "The tenant", content: tenant }, ...problems },
});

export function change({ system, deedOf }: Deps): RouteHandler<typeof changeRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    const deed = { tenant: c.var.tenant, ...deedOf(c, `tenant/${id}`) };
    return c.json(viewOfTenant(await system.tenants.change(id, c.req.valid("json"), deed)), 200);
  };
}
