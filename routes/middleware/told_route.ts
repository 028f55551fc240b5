import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { routeIn } from "../access/callable_by.ts";
import type { AppEnv } from "../env.ts";

/** What there is no route for is not told of. */
export type OnRoute = (method: string, route: string) => void;

/** Tells to which route a request came, as it is declared and not as it is filled in, while the request goes on. */
export function toldRoute(tell: OnRoute): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const route = routeIn(matchedRoutes(c));
    if (route !== undefined) tell(c.req.method, route.path);
    return next();
  };
}
