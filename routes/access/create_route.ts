import { createRoute as describeRoute, type RouteConfig } from "@hono/zod-openapi";
import type { Access } from "./principal.ts";

/** A route, who may call it, whether identical requests are one and its answer is kept: what {@linkcode checkedRoutes} takes. */
export type DeclaredRoute = RouteConfig & {
  readonly access: Access;
  /** It is an event stream, which browsers open without headers: `?ticket=` will do, once. */
  readonly takesTicket?: boolean;
  readonly dedupe?: Dedupe;
  readonly cache?: CachePolicy;
  /** Said by a route that answers POST, PUT, PATCH or DELETE and only looks: all others leave a row in the audit log. */
  readonly changes?: "nothing";
};

/** For a route with whole answers, which depend on what is committed and nothing else; not for one that anyone may call. */
export interface Dedupe {
  /** For how long an answer may be given again, from when its making began; 0: to those who ask meanwhile. */
  readonly windowMs: number;
}

/** For a GET whose answer is the same for whoever may read it, has an `ETag`, and depends on rows of these tables and nothing else. */
export interface CachePolicy {
  /** As the kind has named them. */
  readonly tables: string;
  /** For how long an answer may be given from memory, from when its making began. */
  readonly maxAgeMs: number;
}

type Described<P extends string, R extends Omit<RouteConfig, "path"> & { path: P }> = ReturnType<
  typeof describeRoute<P, R>
>;

/** The library's `createRoute` for routes that say who may call them. */
export function createRoute<P extends string, R extends Omit<DeclaredRoute, "path"> & { path: P }>(
  route: R,
): Described<P, R> {
  return describeRoute<P, R>(route);
}
