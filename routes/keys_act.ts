import { type RouteHandler, z } from "@hono/zod-openapi";
import { type ApiKeyRow, apiKeys, RuntimeError, type System } from "../runtime/mod.ts";
import { formatApiKey } from "./access/api_key.ts";
import { createRoute } from "./access/create_route.ts";
import { hashOf, newSecret } from "./access/secrets.ts";
import type { AppEnv, Deps } from "./env.ts";
import { keyParams, secretKeyView, viewOfKey } from "./key_view.ts";
import { mustReach, NEVER_KEPT } from "./keys.ts";
import { problems } from "./problem_schema.ts";

const LONGEST_GRACE_MS = 30 * 24 * 60 * 60 * 1_000;

const order = z.strictObject({
  graceMs: z.int().min(0).max(LONGEST_GRACE_MS).default(0).openapi({
    description: "For how long the old secret holds beside the new one",
    example: 3_600_000,
  }),
}).openapi("ApiKeyRotation");

export const rotateRoute = createRoute({
  method: "post",
  path: "/api/keys/{id}/rotate",
  access: "admin",
  operationId: "rotateApiKey",
  tags: ["keys"],
  summary: "Give an API key a new secret; the answer is the only place where it ever stands",
  description: "The old secret is refused at once, or when the grace is over; one that was in its grace already is " +
    "refused at once. 409 when the key is revoked or has expired, and of two rotations at once for the later one.",
  request: { params: keyParams, body: { content: { "application/json": { schema: order } } } },
  responses: {
    200: { description: "The key", content: { "application/json": { schema: secretKeyView } } },
    ...problems,
  },
});

export function rotate({ system, clock, credentials, deedOf }: Deps): RouteHandler<typeof rotateRoute, AppEnv> {
  return async (c) => {
    const { principal, tenant } = c.var;
    const { id } = c.req.valid("param");
    const { graceMs = 0 } = c.req.valid("json");
    const key = await keyOf(system, tenant, id);
    mustReach(principal, viewOfKey(key));
    const now = clock.now();
    if (key.revokedAt !== null || (key.expiresAt ?? Infinity) <= now) throw over(key);
    const secret = newSecret();
    const kept = graceMs === 0 ? { previousHash: null, previousUntil: null } : {
      previousHash: key.hash,
      previousUntil: now + graceMs,
    };
    const changed = { hash: hashOf(secret), ...kept };
    await system.write(tenant, {
      rows: [{ tables: apiKeys.name, write: apiKeys.writes.rotated.name, args: { id, from: key.hash, ...changed } }],
    }, deedOf(c, `api-key/${id}`));
    credentials.keyChanged(tenant, id);
    return c.json({ ...viewOfKey({ ...key, ...changed }), key: formatApiKey({ id, secret }) }, 200, NEVER_KEPT);
  };
}

export const revokeRoute = createRoute({
  method: "delete",
  path: "/api/keys/{id}",
  access: "admin",
  operationId: "revokeApiKey",
  tags: ["keys"],
  summary: "Revoke an API key: it is refused from now on, and what it reads ends",
  request: { params: keyParams },
  responses: { 204: { description: "It is revoked, now or before" }, ...problems },
});

export function revoke({ system, clock, credentials, deedOf }: Deps): RouteHandler<typeof revokeRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    await keyOf(system, tenant, id);
    await system.write(tenant, {
      rows: [{ tables: apiKeys.name, write: apiKeys.writes.revoked.name, args: { id, at: clock.now() } }],
    }, deedOf(c, `api-key/${id}`)).catch(passRevoked);
    credentials.keyChanged(tenant, id);
    return c.body(null, 204);
  };
}

/** @throws {RuntimeError} `not-found` when the tenant has none of this id */
async function keyOf(system: System, tenant: string, id: string): Promise<ApiKeyRow> {
  const key = await system.point(tenant, apiKeys.queries.byId, { id });
  if (key === null) throw new RuntimeError("not-found", "There is no such API key");
  return key;
}

/** Somebody has revoked it before. */
function passRevoked(thrown: unknown): void {
  if (!(thrown instanceof RuntimeError && thrown.code === "conflict")) throw thrown;
}

function over({ revokedAt }: ApiKeyRow): RuntimeError {
  return new RuntimeError("conflict", `The key ${revokedAt === null ? "has expired" : "is revoked"}: make another one`);
}
