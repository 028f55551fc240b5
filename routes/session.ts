import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import { type Principal, ROLES } from "./access/principal.ts";
import { clearSession, sessionIn, setSession } from "./access/session_cookie.ts";
import { unauthorized } from "./access/unauthorized.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { NEVER_KEPT } from "./keys.ts";
import { Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";

const session = z.object({
  tenant: z.string().openapi({ description: "Whose data one sees" }),
  subject: z.string().openapi({ description: "Who acts" }),
  role: z.enum(ROLES).openapi({ description: "What one may do" }),
  shown: z.enum(["nothing", "token", "key", "session"]).openapi({
    description: "By what the server knows; `nothing` where it asks nobody",
  }),
  expiresAt: z.string().nullable().openapi({ format: "date-time", description: "When that ends; null: it does not" }),
}).openapi("Session");

const whoOneIs = { description: "Who one is", content: { "application/json": { schema: session } } };

export const openRoute = createRoute({
  method: "post",
  path: "/api/session",
  access: "viewer",
  operationId: "openSession",
  tags: ["sessions"],
  summary: "Sign in to the server's pages: a bearer token or API key becomes a cookie",
  description: "The cookie is out of reach of scripts, holds as long as the token or key and at most 12 hours, and " +
    "works only from the server's own pages. 409 where nobody has to sign in.",
  responses: { 200: whoOneIs, ...problems },
});

export function open({ credentials, clock, deedOf }: Deps): RouteHandler<typeof openRoute, AppEnv> {
  return async (c) => {
    const { principal } = c.var;
    // One that is open cannot prolong itself.
    if (principal.session !== undefined) throw unauthorized();
    // It would still be one of the role platform when the server asks people who they are.
    if (credentials.isOpen) throw new Refusal(409, "Nobody has to sign in here: the server is open to this machine");
    const { secret, expiresAt } = await credentials.openSession(principal, deedOf(c, `session/${principal.subject}`));
    setSession(c, secret, { maxAgeS: Math.max(0, Math.floor((expiresAt - clock.now()) / 1_000)) });
    return c.json(viewOf({ ...principal, expiresAt }, "session"), 200, NEVER_KEPT);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/session",
  access: "viewer",
  operationId: "getSession",
  tags: ["sessions"],
  summary: "Who one is, by whatever one shows",
  responses: { 200: whoOneIs, ...problems },
});

export function get({ credentials }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return (c) => {
    const { principal } = c.var;
    const { key, session } = principal;
    const bearer = key === undefined ? "token" : "key";
    const shown = credentials.isOpen ? "nothing" : session === undefined ? bearer : "session";
    return c.json(viewOf(principal, shown), 200, NEVER_KEPT);
  };
}

export const closeRoute = createRoute({
  method: "delete",
  path: "/api/session",
  access: "viewer",
  operationId: "closeSession",
  tags: ["sessions"],
  summary: "Sign out: the session in the cookie is over, and what it reads ends",
  responses: { 204: { description: "There is none, now or before" }, ...problems },
});

export function close({ credentials, deedOf }: Deps): RouteHandler<typeof closeRoute, AppEnv> {
  return async (c) => {
    const secret = sessionIn(c);
    if (secret !== null) await credentials.closeSession(secret, deedOf(c, `session/${c.var.principal.subject}`));
    clearSession(c);
    return c.body(null, 204);
  };
}

function viewOf(
  { tenant, subject, role, expiresAt }: Principal,
  shown: z.infer<typeof session>["shown"],
): z.infer<typeof session> {
  return { tenant, subject, role, shown, expiresAt: expiresAt === Infinity ? null : iso(expiresAt) };
}
