import { type RouteHandler, z } from "@hono/zod-openapi";
import type { Tenant } from "../runtime/mod.ts";
import { tenantQuery } from "./access/named_tenant.ts";
import { createRoute } from "./access/create_route.ts";
import { hashOf } from "./access/secrets.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { invalid, Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import { mustFindTenant, tenant, tenantParams, viewOfTenant } from "./tenant_view.ts";

/** Within which the second request must come. */
const CONFIRM_MS = 10 * 60 * 1_000;
const CODE = /^[0-9a-z]{1,11}-[A-Za-z0-9_-]{12}$/;

export const removeRoute = createRoute({
  method: "delete",
  path: "/api/tenants/{id}",
  access: "platform",
  operationId: "deleteTenant",
  tags: ["tenants"],
  summary: "Delete a tenant and all that it has; to be asked twice",
  description:
    "The first request is answered 409 with a code in `confirm`, which the second says as `?confirm=` within ten " +
    "minutes, unless somebody has changed the tenant meanwhile. From then on it is answered 403; what runs may end " +
    "for some seconds, then every row, event and file of it is removed. Nothing brings it back but a backup.",
  request: {
    params: tenantParams,
    query: z.strictObject({
      tenant: tenantQuery,
      confirm: z.string().max(100).optional().openapi({ description: "The code of the first request's answer" }),
    }),
  },
  responses: { 202: { description: "The tenant, which is being deleted", content: tenant }, ...problems },
});

export function remove({ system, clock, deedOf }: Deps): RouteHandler<typeof removeRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    const { confirm } = c.req.valid("query");
    const found = await mustFindTenant(system, id);
    if (found.status !== "deleting") mustConfirm(found, confirm, clock.now());
    const { by, rows } = deedOf(c, `tenant/${id}`);
    // Its own audit log goes with it, and the caller's may be that.
    const lastRows = rows.map((row) => ({ ...row, args: { ...row.args, action: "tenantDeleted" } }));
    const leaving = await system.tenants.remove(id, { tenant: c.var.tenant, by, rows, lastRows });
    return c.json(viewOfTenant(leaving), 202);
  };
}

/** @throws {Refusal} 409 with a code where none is said, 422 for one that does not hold */
function mustConfirm(tenant: Tenant, said: string | undefined, now: number): void {
  if (said === undefined) {
    const until = now + CONFIRM_MS;
    throw new Refusal(
      409,
      `This removes the tenant ${tenant.id} and all that it has: ask again with ?confirm= until ${iso(until)}`,
      { confirm: codeOf(tenant, until) },
    );
  }
  const until = CODE.test(said) ? parseInt(said, 36) : 0;
  if (until >= now && said === codeOf(tenant, until)) return;
  const detail = "must be what the request without it is answered, not older than ten minutes";
  throw invalid("The code does not confirm this", [{ pointer: "/confirm", detail }]);
}

/** No secret, but only whoever has asked for this tenant as it is now knows it; every node makes the same. */
function codeOf({ id, createdAt, updatedAt }: Tenant, until: number): string {
  return `${until.toString(36)}-${hashOf(`${id}/${createdAt}/${updatedAt}/${until}`).slice(0, 12)}`;
}
