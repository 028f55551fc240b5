import type { Context } from "hono";
import type { DeclaredRoute } from "../access/create_route.ts";
import { coversScopes, hasRole, type Principal, type Role } from "../access/principal.ts";
import type { AppEnv } from "../app_env.ts";
import { type Ask, type BodyOf, createAsk, queryText, Refused, type Serve, type Wanted } from "./ask.ts";

/** Somebody looks at a page of the console. */
export interface Visit {
  readonly ask: Ask;
  /** The same where the answer is one part of many: null when it is refused. */
  readonly askIfMay: <R extends DeclaredRoute>(route: R, wanted?: Wanted) => Promise<BodyOf<R> | null>;
  readonly principal: Principal;
  readonly tenant: string;
  /** Ms since the epoch. */
  readonly now: number;
  /** The number of the tenant's newest event before anything was read: what comes after is news to the page. */
  readonly lastEvent: number;
  /** Of the page itself. */
  readonly path: string;
  /** What the query string says, the tenant apart. */
  readonly query: Readonly<Record<string, string>>;
  /** Of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** An address of a page, of the tenant whose pages these are. */
  link(path: string, query?: Wanted["query"]): string;
  /** Whether the route would let this person do it. */
  mayCall(route: Pick<DeclaredRoute, "access" | "tags">): boolean;
}

export function createVisit(
  c: Context<AppEnv>,
  serve: Serve,
  { now, lastEvent }: Pick<Visit, "now" | "lastEvent">,
): Visit {
  const { principal, tenant } = c.var;
  const { tenant: named, ...query } = c.req.query();
  const ask = createAsk(c, serve);
  return {
    ask,
    askIfMay: (route, wanted) =>
      ask(route, wanted).catch((thrown: unknown) => {
        if (thrown instanceof Refused) return null;
        throw thrown;
      }),
    principal,
    tenant,
    now,
    lastEvent,
    path: c.req.path,
    query,
    params: c.req.param() as Record<string, string>,
    link: (path, more = {}) => path + queryText({ ...more, tenant: named }),
    mayCall: ({ access, tags: [scope] = [] }) =>
      access === "anyone" ||
      (hasRole(principal, access as Role) && coversScopes(principal, scope === undefined ? [] : [scope])),
  };
}
