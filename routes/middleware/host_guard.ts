import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../app_env.ts";
import { Refusal } from "../problem.ts";

const AUTHORITY = /^(?<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
export const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/**
 * Where nobody has to sign in, whoever can reach the port may do everything: so only names of this machine are answered (a
 * page elsewhere could point its own name at 127.0.0.1), and no page of another origin may act.
 */
export function hostGuard(port: () => number): MiddlewareHandler<AppEnv> {
  /** What nearly every request says, so that it is looked at once. */
  let known = { host: "", port: NaN };
  return (c, next) => {
    const host = (c.req.header("host") ?? authorityOf(c.req.url)).toLowerCase();
    if (host !== known.host || known.port !== port()) {
      checkHost(host, port());
      known = { host, port: port() };
    }
    checkOrigin(c, host, ["http:"]);
    return next();
  };
}

/**
 * Where one has to sign in, the server may have any name and TLS in front of it; still no page of another origin may act,
 * but those of `origins` with a token that they show: what a browser adds by itself is not theirs to use.
 * What stands in front must leave `Host` as the browser sent it.
 */
export function originGuard(origins: readonly string[] = []): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const host = (c.req.header("host") ?? authorityOf(c.req.url)).toLowerCase();
    if (!AUTHORITY.test(host)) throw malformedHost();
    if (!origins.includes(c.req.header("origin") ?? "") || c.req.header("authorization") === undefined) {
      checkOrigin(c, host, ["http:", "https:"]);
    }
    return next();
  };
}

/** Whether it says to come from a page of this server's, by TLS or not. */
export function isOwnOrigin(c: Context<AppEnv>): boolean {
  const origin = c.req.header("origin")?.toLowerCase();
  const host = (c.req.header("host") ?? authorityOf(c.req.url)).toLowerCase();
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** @throws {Refusal} when a page of another origin wants to change something */
function checkOrigin(c: Context<AppEnv>, host: string, schemes: readonly string[]): void {
  const origin = c.req.header("origin")?.toLowerCase();
  if (origin === undefined || SAFE_METHODS.includes(c.req.method)) return;
  if (schemes.some((scheme) => origin === `${scheme}//${host}`)) return;
  throw new Refusal(403, "A page of another origin may not change anything here");
}

/** @throws {Refusal} when it is no host of this server's */
function checkHost(host: string, port: number): void {
  const parts = AUTHORITY.exec(host)?.groups;
  if (parts === undefined) throw malformedHost();
  if (!LOOPBACK.test(parts.name!) || Number(parts.port ?? 80) !== port) {
    throw new Refusal(403, "Only requests to a loopback name or address and this server's port are answered");
  }
}

function malformedHost(): Refusal {
  return new Refusal(400, "The Host header is not a host name with a port");
}

function authorityOf(url: string): string {
  return /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
}
