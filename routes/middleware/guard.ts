import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { type Declared, declaredOf } from "../access/callable_by.ts";
import type { Credentials } from "../access/credentials.ts";
import { coversScopes, hasRole, type Principal, type Role } from "../access/principal.ts";
import type { AppEnv } from "../env.ts";
import { Refusal } from "../problem.ts";

/**
 * Lets nobody on to a route who may not call it, before anything of the request but its head is looked at. What there is no
 * route for goes on: that it is not there is no secret.
 */
export function guard({ principalOf }: Pick<Credentials, "principalOf">): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const declared = declaredOf(matchedRoutes(c));
    if (declared === null || declared.access === "anyone") return next();
    const principal = principalOf(c, declared);
    if (principal instanceof Promise) return principal.then((known) => admit(c, known, declared)).then(next);
    admit(c, principal, declared);
    return next();
  };
}

/** @throws {Refusal} 403 when the principal's role is too small, or its API key is for something else */
function admit(c: Context<AppEnv>, principal: Principal, { access, scope }: Declared): void {
  // Anyone was let on before.
  if (!hasRole(principal, access as Role)) throw new Refusal(403, `This takes the role ${access}`);
  if (principal.key !== undefined && !coversScopes(principal, scope === undefined ? [] : [scope])) {
    throw new Refusal(
      403,
      `This takes an API key for ${scope ?? "everything"}: yours is for ${principal.key.scopes.join(", ")}`,
    );
  }
  c.set("principal", principal);
  c.set("tenant", principal.tenant);
}
