import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";
import { Refusal } from "../problem.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const LONGEST_URL = 8_192;

/** Pages of our own origin only, no inline script, nobody may frame them. */
export const PAGE_POLICY: string = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Gives every answer its request id (the sender's own, where it has a plain one) and the headers that keep browsers strict. */
export function commonHeaders(createId: () => string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const given = c.req.header("x-request-id");
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : createId();
    c.set("requestId", requestId);
    c.header("X-Request-Id", requestId);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "no-referrer");
    c.header("Content-Security-Policy", PAGE_POLICY);
    if (c.req.url.length > LONGEST_URL) throw new Refusal(414, `A URL may have ${LONGEST_URL} characters`);
    await next();
  };
}
