import type { RouteHandler } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";
import { tenant, tenantParams, viewOfTenant } from "./tenant_view.ts";

export const suspendRoute = createRoute({
  method: "post",
  path: "/api/tenants/{id}/suspend",
  access: "platform",
  operationId: "suspendTenant",
  tags: ["tenants"],
  summary: "Have a tenant's work wait, and serve it no more, until it is resumed",
  description:
    "What runs ends; nothing else is started, and no schedule ticks. Its requests are answered 403, its event " +
    "streams end. The role `platform` still reads what belongs to it. A second call changes nothing.",
  request: { params: tenantParams },
  responses: { 200: { description: "The tenant, suspended", content: tenant }, ...problems },
});

export function suspend({ system, deedOf }: Deps): RouteHandler<typeof suspendRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    const deed = { tenant: c.var.tenant, ...deedOf(c, `tenant/${id}`) };
    return c.json(viewOfTenant(await system.tenants.suspend(id, deed)), 200);
  };
}

export const resumeRoute = createRoute({
  method: "post",
  path: "/api/tenants/{id}/resume",
  access: "platform",
  operationId: "resumeTenant",
  tags: ["tenants"],
  summary: "Let a suspended tenant go on",
  description: "What waited is done, and what its schedules missed is caught up as each of them says.",
  request: { params: tenantParams },
  responses: { 200: { description: "The tenant, active", content: tenant }, ...problems },
});

export function resume({ system, deedOf }: Deps): RouteHandler<typeof resumeRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    const deed = { tenant: c.var.tenant, ...deedOf(c, `tenant/${id}`) };
    return c.json(viewOfTenant(await system.tenants.resume(id, deed)), 200);
  };
}
