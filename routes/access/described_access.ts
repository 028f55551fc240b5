import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import { problemContent } from "../problem_schema.ts";
import type { DeclaredRoute } from "./create_route.ts";
import { COOKIE } from "./session_cookie.ts";

const [BEARER, SESSION, TICKET] = ["bearer", "session", "ticket"] as const;

/** Tells the OpenAPI document how callers say who they are. */
export function describeCredentials(registry: OpenAPIHono["openAPIRegistry"]): void {
  registry.registerComponent("securitySchemes", BEARER, {
    type: "http",
    scheme: "bearer",
    description:
      "An API key, or a JWT with the claims `tenant`, `sub`, `role` and `exp`; not looked at where the server " +
      "is open",
  });
  registry.registerComponent("securitySchemes", SESSION, {
    type: "apiKey",
    in: "cookie",
    name: COOKIE,
    description: "What `POST /api/session` sets for the server's own pages, by TLS as `__Host-mailroom`",
  });
  registry.registerComponent("securitySchemes", TICKET, {
    type: "apiKey",
    in: "query",
    name: "ticket",
    description: "What `POST /api/notifications/tickets` answers, for one event stream within 30 s",
  });
}

/** The route as the OpenAPI document tells it, with who may call it: as `security`, as `x-role` and in the 403. */
export function describedAccess({ access, changes: _, takesTicket = false, ...route }: DeclaredRoute): RouteConfig {
  if (access === "anyone") return { ...route, security: [] };
  return {
    ...route,
    "x-role": access,
    security: [{ [BEARER]: [] }, { [SESSION]: [] }, ...(takesTicket ? [{ [TICKET]: [] }] : [])],
    responses: {
      ...route.responses,
      401: {
        description: "The bearer token is missing or not valid",
        headers: { "WWW-Authenticate": { description: "How to sign in", schema: { type: "string" } } },
        content: problemContent,
      },
      403: {
        description:
          `The caller has not the role \`${access}\`, names another tenant than its own, or has an API key for ` +
          "something else",
        content: problemContent,
      },
    },
  };
}
