import { createRoute as describeRoute, type RouteConfig } from "@hono/zod-openapi";
import type { Access } from "./principal.ts";

/** A route and who may call it: what {@linkcode checkedRoutes} takes. */
export type DeclaredRoute = RouteConfig & { readonly access: Access };

type Described<P extends string, R extends Omit<RouteConfig, "path"> & { path: P }> = ReturnType<
  typeof describeRoute<P, R>
>;

/** The library's `createRoute` for routes that say who may call them. */
export function createRoute<P extends string, R extends Omit<DeclaredRoute, "path"> & { path: P }>(
  route: R,
): Described<P, R> {
  return describeRoute<P, R>(route);
}
