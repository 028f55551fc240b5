import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import { problemContent } from "../problem_schema.ts";
import type { DeclaredRoute } from "./create_route.ts";

const BEARER = "bearer";

/** Tells the OpenAPI document how callers say who they are. */
export function describeBearer(registry: OpenAPIHono["openAPIRegistry"]): void {
  registry.registerComponent("securitySchemes", BEARER, {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A JWT with the claims `tenant`, `sub`, `role` and `exp`; not looked at where the server is open",
  });
}

/** The route as the OpenAPI document tells it, with who may call it: as `security`, as `x-role` and in the 403. */
export function describedAccess({ access, ...route }: DeclaredRoute): RouteConfig {
  if (access === "anyone") return { ...route, security: [] };
  return {
    ...route,
    "x-role": access,
    security: [{ [BEARER]: [] }],
    responses: {
      ...route.responses,
      401: {
        description: "The bearer token is missing or not valid",
        headers: { "WWW-Authenticate": { description: "How to sign in", schema: { type: "string" } } },
        content: problemContent,
      },
      403: {
        description: `The caller has not the role \`${access}\`, or names another tenant than its own`,
        content: problemContent,
      },
    },
  };
}
