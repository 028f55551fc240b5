import type { MiddlewareHandler } from "hono";
import { TENANT_PATTERN } from "../../runtime/mod.ts";
import type { AppEnv } from "../env.ts";
import { invalid } from "../problem.ts";

const DEFAULT_TENANT = "demo";

/** Until there is access control: the tenant is the one that `X-Tenant` or `?tenant=` names. */
export function namedTenant(): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const named = c.req.header("x-tenant") ?? c.req.query("tenant") ?? DEFAULT_TENANT;
    if (!TENANT_PATTERN.test(named)) {
      const detail = "must be 1-63 of a-z, 0-9, _ and -, not starting with _ or -";
      throw invalid("The tenant is not spelt as one may be", [{ pointer: "/tenant", detail }]);
    }
    c.set("tenant", named);
    c.set("by", "anonymous");
    return next();
  };
}
