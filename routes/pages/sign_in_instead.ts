import type { Context } from "hono";
import type { Credentials } from "../access/credentials.ts";
import type { AppEnv } from "../env.ts";

/**
 * Leads a browser that opens a page, and shows nothing that it can be known by, to the sign-in page, which leads back. The
 * page itself holds no secret: who asks for anything but HTML gets it, which null says.
 */
export async function signInInstead(
  c: Context<AppEnv>,
  { isKnown }: Pick<Credentials, "isKnown">,
): Promise<Response | null> {
  if (!c.req.header("accept")?.includes("text/html") || await isKnown(c)) return null;
  const { pathname, search } = new URL(c.req.url);
  return c.redirect(`/sign-in?to=${encodeURIComponent(pathname + search)}`, 302);
}
