import { type RouteHandler, z } from "@hono/zod-openapi";
import { apiKeys } from "../runtime/mod.ts";
import { formatApiKey, KEY_ID } from "./access/api_key.ts";
import { mayBeIn } from "./access/claims.ts";
import { createRoute } from "./access/create_route.ts";
import { coversScopes, hasRole, type Principal, type Role, ROLES } from "./access/principal.ts";
import { hashOf, newSecret } from "./access/secrets.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { keyScopes, keyView, secretKeyView, viewOfKey } from "./key_view.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { invalid, Refusal } from "./problem.ts";
import { isPrintable } from "./printable.ts";
import { problems } from "./problem_schema.ts";

/** No cache keeps an answer with a secret in it. */
export const NEVER_KEPT = { "Cache-Control": "no-store" } as const;

export const listRoute = createRoute({
  method: "get",
  path: "/api/keys",
  access: "admin",
  operationId: "listApiKeys",
  tags: ["keys"],
  summary: "The tenant's API keys, newest first, revoked ones too; never a secret",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(keyView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = cursor === undefined ? undefined : readCursor(cursor, KEY_ID);
    const rows = await system.query(c.var.tenant, apiKeys.queries.page, { before, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfKey, placeOf: ({ id }) => id }), 200);
  };
}

const order = z.strictObject({
  name: z.string().trim().min(1).max(100).refine(isPrintable, "must be printable").openapi({
    description: "For people",
    example: "nightly import",
  }),
  role: z.enum(ROLES).openapi({ description: "Not above the caller's own" }),
  scopes: keyScopes,
  expiresAt: z.iso.datetime({ offset: true }).optional().openapi({ description: "Without it the key does not expire" }),
}).openapi("ApiKeyOrder");

export const createKeyRoute = createRoute({
  method: "post",
  path: "/api/keys",
  access: "admin",
  operationId: "createApiKey",
  tags: ["keys"],
  summary: "Make an API key; the answer is the only place where it ever stands",
  description:
    "It is of the caller's tenant, with at most the caller's role; one that is made with a key has no scope " +
    "that this has not.",
  request: { body: { required: true, content: { "application/json": { schema: order } } } },
  responses: {
    201: { description: "The key", content: { "application/json": { schema: secretKeyView } } },
    ...problems,
  },
});

export function create({ system, clock, deedOf }: Deps): RouteHandler<typeof createKeyRoute, AppEnv> {
  return async (c) => {
    const { principal, tenant } = c.var;
    const { name, role, scopes, expiresAt: until } = c.req.valid("json");
    mustReach(principal, { role, scopes });
    const createdAt = clock.now();
    const expiresAt = until === undefined ? null : Date.parse(until);
    if (expiresAt !== null && expiresAt <= createdAt) {
      throw invalid("The key would be over already", [{ pointer: "/expiresAt", detail: "must be in the future" }]);
    }
    const [id, secret] = [system.createId().toLowerCase(), newSecret()];
    const row = {
      id,
      name,
      role,
      scopes: JSON.stringify(scopes),
      hash: hashOf(secret),
      createdAt,
      createdBy: principal.subject,
      expiresAt,
    };
    await system.write(tenant, {
      rows: [{ tables: apiKeys.name, write: apiKeys.writes.created.name, args: row }],
    }, deedOf(c, `api-key/${id}`));
    const unused = { previousHash: null, previousUntil: null, lastUsedAt: null, revokedAt: null };
    const view = viewOfKey({ ...row, ...unused, tenant });
    return c.json({ ...view, key: formatApiKey({ id, secret }) }, 201, NEVER_KEPT);
  };
}

/** @throws {Refusal} 403 when the key would let its bearer do what the principal may not */
export function mustReach(
  principal: Principal,
  { role, scopes }: { readonly role: Role; readonly scopes: readonly string[] },
): void {
  if (!hasRole(principal, role)) throw new Refusal(403, `This takes the role ${role}: a key has at most your own`);
  if (!mayBeIn({ tenant: principal.tenant, role })) {
    throw new Refusal(403, `A key of the tenant ${principal.tenant} has the role platform`);
  }
  if (!coversScopes(principal, scopes)) {
    throw new Refusal(403, `This takes a key for more than yours is for: ${principal.key?.scopes.join(", ")}`);
  }
}
