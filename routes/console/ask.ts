import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { DeclaredRoute } from "../access/create_route.ts";
import type { AppEnv } from "../app_env.ts";

/** Answers a request as the server does: the same checks, roles and tenant walls. */
export type Serve = (request: Request, env: AppEnv["Bindings"]) => Response | Promise<Response>;

/** What a route's path and query string are filled with. */
export interface Wanted {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/** What the route answers 200 with, as JSON. */
export type BodyOf<R> = R extends { responses: { 200: { content: { "application/json": { schema: infer S } } } } }
  ? S extends z.ZodType ? z.output<S> : never
  : never;

/** The API has refused what a page needs. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  /** What it said of when to ask again, as a header. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, { retryAfter = null }: { readonly retryAfter?: string | null } = {}) {
    super(detail);
    this.status = status;
    this.headers = retryAfter === null ? {} : { "Retry-After": retryAfter };
  }
}

/** Reads the API as whoever looks at the page may. @throws {Refused} */
export type Ask = <R extends DeclaredRoute>(route: R, wanted?: Wanted) => Promise<BodyOf<R>>;

/** Of what a browser sends, that which says who it is and where from; the rest is about the page. */
const TAKEN_ALONG = ["authorization", "cookie", "sec-fetch-site", "x-forwarded-for", "x-tenant"];

/**
 * What a page shows it asks of the routes that everybody else asks, within the process: so there is no second way to a
 * tenant's rows, and no second opinion on who may see them.
 */
export function createAsk(c: Context<AppEnv>, serve: Serve): Ask {
  const headers = new Headers({ accept: "application/json" });
  for (const name of TAKEN_ALONG) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  headers.set("x-tenant", c.get("tenant"));
  headers.set("x-request-id", c.get("requestId"));
  return async (route, wanted) => {
    const request = new Request(new URL(pathOf(route, wanted), c.req.url), { headers });
    const response = await serve(request, { ...c.env, isPart: true });
    const body = await response.json();
    if (response.ok) return body;
    const detail = body.detail ?? body.title ?? `The server answered ${response.status}`;
    throw new Refused(response.status, detail, { retryAfter: response.headers.get("retry-after") });
  };
}

/** The address of a route, filled in. @throws {TypeError} when a parameter is missing */
export function pathOf({ path }: Pick<DeclaredRoute, "path">, { params = {}, query = {} }: Wanted = {}): string {
  const filled = path.replaceAll(/{(.+?)}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`The path ${path} needs ${name}`);
    return encodeURIComponent(value);
  });
  return filled + queryText(query);
}

/** With its question mark; empty without anything to say. */
export function queryText(query: NonNullable<Wanted["query"]>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] =>
    entry[1] !== undefined && entry[1] !== ""
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
