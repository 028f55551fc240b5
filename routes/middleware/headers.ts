import type { Context, MiddlewareHandler } from "hono";
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
  "child-src 'none'",
  "connect-src 'self'",
  "font-src 'self'",
  "frame-src 'none'",
  "manifest-src 'none'",
  "media-src 'none'",
  "worker-src 'none'",
].join("; ");

const STRICT = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": PAGE_POLICY,
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * Gives every answer its request id (the sender's own, where it has a plain one) and the headers that keep browsers strict.
 * Answers that come by the thousand are made with them, see `jsonText`; the others get them when they are made.
 *
 * Deno 2.9 sends head and body at once where they fit into 512 bytes together, or into 1,024 when the head alone takes more
 * than 512; otherwise one after the other, which costs both ends a fifth of a short request. With the policy these heads do.
 */
export function commonHeaders(createId: () => string): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const given = c.req.header("x-request-id");
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : createId();
    c.set("requestId", requestId);
    c.set("commonHeaders", { ...STRICT, "X-Request-Id": requestId });
    if (c.req.url.length > LONGEST_URL) {
      throw new Refusal(414, `A URL may have ${LONGEST_URL} characters`, { headers: c.get("commonHeaders") });
    }
    return next().then(() => addHeaders(c));
  };
}

function addHeaders(c: Context<AppEnv>): void {
  if (c.get("bearsCommonHeaders") === true) return;
  const { headers } = c.res;
  const common = c.get("commonHeaders");
  for (const name in common) if (!headers.has(name)) headers.set(name, common[name]!);
}
