import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";
import { Refusal } from "../problem.ts";

/**
 * Handles no more requests at once: a further one is answered 503, before it has cost anything. An event stream counts
 * until it is open, and is bounded by itself; whether the server lives can always be asked.
 */
export function requestCap(max: number): MiddlewareHandler<AppEnv> {
  let handled = 0;
  return (c, next) => {
    if (handled >= max && !c.req.path.startsWith("/health")) {
      throw new Refusal(503, "The server handles as many requests as it can: try again in a moment", {
        headers: { "Retry-After": "1" },
      });
    }
    handled++;
    return next().finally(() => void handled--);
  };
}
