import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { RuntimeError, type Tenants, type TenantStatus } from "../../runtime/mod.ts";
import { type Declared, declaredOf } from "../access/callable_by.ts";
import type { Credentials } from "../access/credentials.ts";
import { coversScopes, hasRole, type Principal, type Role } from "../access/principal.ts";
import type { AppEnv } from "../env.ts";
import { Refusal } from "../problem.ts";

/**
 * Lets nobody on to a route who may not call it, before anything of the request but its head is looked at. What there is no
 * route for goes on: that it is not there is no secret.
 */
export function guard(
  { principalOf, statusOf }: Pick<Credentials, "principalOf"> & Pick<Tenants, "statusOf">,
): MiddlewareHandler<AppEnv> {
  const admit = (c: Context<AppEnv>, principal: Principal, declared: Declared) => {
    mustMayCall(principal, declared);
    if (declared.access !== "platform") mustBeServed(principal, statusOf(principal.tenant), c.req.method);
    c.set("principal", principal);
    c.set("tenant", principal.tenant);
  };
  return (c, next) => {
    const declared = declaredOf(matchedRoutes(c));
    if (declared?.operation !== undefined) c.set("asked", declared.operation);
    if (declared === null || declared.access === "anyone") return next();
    const principal = principalOf(c, declared);
    if (principal instanceof Promise) return principal.then((known) => admit(c, known, declared)).then(next);
    admit(c, principal, declared);
    return next();
  };
}

/** @throws {Refusal} 403 when the principal's role is too small, or its API key is for something else */
function mustMayCall(principal: Principal, { access, scope }: Declared): void {
  // Anyone was let on before.
  if (!hasRole(principal, access as Role)) throw new Refusal(403, `This takes the role ${access}`);
  if (principal.key !== undefined && !coversScopes(principal, scope === undefined ? [] : [scope])) {
    const takes = scope === undefined ? "a token, or an API key for all calls" : `an API key for ${scope}`;
    throw new Refusal(403, `This takes ${takes}: yours is for ${principal.key.scopes.join(", ")} alone`);
  }
}

/**
 * Who runs the installation still reads what belongs to a tenant that is suspended.
 * @throws {RuntimeError} `tenant-suspended`
 */
function mustBeServed(principal: Principal, status: TenantStatus, method: string): void {
  if (status === "active" || (method === "GET" && hasRole(principal, "platform"))) return;
  const why = status === "suspended" ? "suspended: its work waits, and it is not served" : "being deleted";
  throw new RuntimeError("tenant-suspended", `The tenant ${principal.tenant} is ${why}`);
}
