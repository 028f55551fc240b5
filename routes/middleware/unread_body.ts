import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";
import { abandonBody } from "./read_body.ts";

/** Sees to it that a request which was refused before anyone looked at its body does not hold its connection for ever. */
export function unreadBodies(): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    return next().then(() => abandonBody(c.req.raw));
  };
}
