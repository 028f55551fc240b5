import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Authentication } from "../access/authentication.ts";
import { accessTo } from "../access/callable_by.ts";
import { hasRole, type Principal, type Role } from "../access/principal.ts";
import type { AppEnv } from "../env.ts";
import { Refusal } from "../problem.ts";

/**
 * Lets nobody on to a route who may not call it, before anything of the request but its head is looked at. What there is no
 * route for goes on: that it is not there is no secret.
 */
export function guard({ principalOf }: Authentication): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const access = accessTo(matchedRoutes(c));
    if (access === null || access === "anyone") return next();
    const principal = principalOf(c);
    if (principal instanceof Promise) return principal.then((known) => admit(c, known, access)).then(next);
    admit(c, principal, access);
    return next();
  };
}

/** @throws {Refusal} 403 when the principal's role is too small */
function admit(c: Context<AppEnv>, principal: Principal, needed: Role): void {
  if (!hasRole(principal, needed)) throw new Refusal(403, `This takes the role ${needed}`);
  c.set("principal", principal);
  c.set("tenant", principal.tenant);
  c.set("by", principal.subject);
}
