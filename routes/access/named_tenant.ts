import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { TENANT_PATTERN } from "../../runtime/mod.ts";
import type { AppEnv } from "../app_env.ts";
import { invalid, Refusal } from "../problem.ts";
import { hasRole, type Principal } from "./principal.ts";

/** `?tenant=`, for routes whose query is strict: it is read here, before them. */
export const tenantQuery = z.string().optional().openapi({
  description: "Whose, unless `X-Tenant` says it: for the role `platform`, others reach their own alone",
});

/**
 * The tenant that a request names, by header rather than query; undefined when it names none.
 * @throws {Refusal} 422 when it is not spelt as a tenant may be
 */
export function namedTenant(c: Context<AppEnv>): string | undefined {
  const asked = c.req.query("tenant");
  const named = c.req.header("x-tenant") ?? asked;
  if (asked !== undefined && c.req.queries("tenant")!.length > 1) {
    throw invalid("The tenant is named twice", [{ pointer: "/tenant", detail: "must be given once" }]);
  }
  if (named === undefined || TENANT_PATTERN.test(named)) return named;
  const detail = "must be 1-63 of a-z, 0-9, _ and -, not starting with _ or -";
  throw invalid("The tenant is not spelt as one may be", [{ pointer: "/tenant", detail }]);
}

/**
 * The principal as it acts in this request: of the role `platform` in the tenant that the request names. Others may name
 * their own, so that a page can do so whoever looks at it.
 * @throws {Refusal} 403 when it names another tenant, whether there is such a one or not; 422
 */
export function inNamedTenant(c: Context<AppEnv>, principal: Principal): Principal {
  if (hasRole(principal, "platform")) {
    const named = namedTenant(c);
    return named === undefined || named === principal.tenant ? principal : { ...principal, tenant: named };
  }
  for (const named of [c.req.header("x-tenant") ?? principal.tenant, ...c.req.queries("tenant") ?? []]) {
    if (named !== principal.tenant) throw new Refusal(403, "This takes the role platform: a token is for one tenant");
  }
  return principal;
}
