import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { AppEnv } from "../app_env.ts";
import { isOwnOrigin, SAFE_METHODS } from "../middleware/host_guard.ts";
import { Refusal } from "../problem.ts";

export const COOKIE = "mailroom";
/** What forms of other pages can send without that a browser asks first. */
const FORM_TYPE = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i;

/** What the browser keeps of a session; null without one. */
export function sessionIn(c: Context<AppEnv>): string | null {
  if (c.req.header("cookie") === undefined) return null;
  const secure = getCookie(c, COOKIE, "host");
  // By TLS a plain cookie is not of our making: whoever can write one for a neighbouring name could sign people in as themselves.
  return secure ?? (isByTls(c) ? null : getCookie(c, COOKIE) ?? null);
}

/** Out of reach of scripts, and sent along by no other site's page. */
export function setSession(c: Context<AppEnv>, secret: string, { maxAgeS }: { maxAgeS: number }): void {
  const options = { path: "/", httpOnly: true, sameSite: "Strict", maxAge: maxAgeS } as const;
  if (isByTls(c)) setCookie(c, COOKIE, secret, { ...options, secure: true, prefix: "host" });
  else setCookie(c, COOKIE, secret, options);
}

export function clearSession(c: Context<AppEnv>): void {
  if (getCookie(c, COOKIE, "host") !== undefined) deleteCookie(c, COOKIE, { path: "/", secure: true, prefix: "host" });
  if (getCookie(c, COOKIE) !== undefined) deleteCookie(c, COOKIE, { path: "/" });
}

/**
 * A browser sends the cookie along whoever has it send a request, other origins of the same site (another port) too. So
 * with it a request must come from our own page, or from a typed address; and what changes something must say so.
 * @throws {Refusal} 403, or 415 for what a form can send
 */
export function mustComeFromOwnPage(c: Context<AppEnv>): void {
  const site = c.req.header("sec-fetch-site");
  const changes = !SAFE_METHODS.includes(c.req.method);
  const isOwn = site === "same-origin" || (site === "none" && !changes) ||
    (site === undefined && (!changes || isOwnOrigin(c)));
  if (!isOwn) throw new Refusal(403, "A session is for the pages of this server: elsewhere send a bearer token");
  if (changes && FORM_TYPE.test(c.req.header("content-type") ?? "")) {
    throw new Refusal(415, "With a session the body must be application/json", {
      headers: { Accept: "application/json" },
    });
  }
}

/**
 * The browser knows how it reached us, whatever stands in between, and says so where it matters: with everything that
 * changes something. So neither a setting nor a header of a proxy has to be believed.
 */
function isByTls(c: Context<AppEnv>): boolean {
  return c.req.header("origin")?.toLowerCase().startsWith("https://") ?? false;
}
