import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { TENANT_PATTERN } from "../../runtime/mod.ts";
import type { AppEnv } from "../env.ts";
import { invalid } from "../problem.ts";

/** `?tenant=`, for routes whose query is strict: it is read here, before them. */
export const tenantQuery = z.string().optional().openapi({
  description: "Whose, unless `X-Tenant` says it: for the role `platform`, others reach their own alone",
});

/** The tenant that a request names, by header rather than query; undefined when it names none. */
export function namedTenant(c: Context<AppEnv>): string | undefined {
  return c.req.header("x-tenant") ?? c.req.query("tenant");
}

/** @throws {Refusal} 422 when it is not spelt as a tenant may be */
export function checkTenant(named: string): string {
  if (TENANT_PATTERN.test(named)) return named;
  const detail = "must be 1-63 of a-z, 0-9, _ and -, not starting with _ or -";
  throw invalid("The tenant is not spelt as one may be", [{ pointer: "/tenant", detail }]);
}
