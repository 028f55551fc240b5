import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
const HEADERS =
  "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id, X-Tenant";
const EXPOSED =
  "Content-Disposition, ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";
const KNOWN_FOR_S = "600";

/**
 * Lets pages of these origins, and of no other, read answers. Never with credentials: they show a bearer token, and what
 * a browser adds by itself (cookies) counts only on pages of this server. Preflights are answered before anybody is asked
 * who they are, as browsers send them without a token.
 *
 * Not Hono's `cors`, which sets the headers once an answer has been made: that costs those that are made with theirs as
 * much as all other middleware together.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function cors(origins: readonly string[]): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const origin = c.req.header("origin");
    const allowed = origin !== undefined && origins.includes(origin);
    const headers = c.get("commonHeaders");
    headers["Vary"] = "Origin";
    if (allowed) {
      headers["Access-Control-Allow-Origin"] = origin;
      headers["Access-Control-Expose-Headers"] = EXPOSED;
    }
    if (!allowed || c.req.method !== "OPTIONS" || c.req.header("access-control-request-method") === undefined) {
      return next();
    }
    return Promise.resolve(c.body(null, 204, {
      "Access-Control-Allow-Methods": METHODS,
      "Access-Control-Allow-Headers": HEADERS,
      "Access-Control-Max-Age": KNOWN_FOR_S,
    }));
  };
}
