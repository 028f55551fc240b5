import { z } from "@hono/zod-openapi";
import type { ApiKeyRow } from "../runtime/mod.ts";
import { KEY_ID } from "./access/api_key.ts";
import { type Role, ROLES } from "./access/principal.ts";
import { iso } from "./instant.ts";
import { type Tag, TAGS } from "./tags.ts";

const tags = Object.keys(TAGS) as [Tag, ...Tag[]];

export const keyParams = z.object({
  id: z.string().regex(KEY_ID).openapi({ description: "Of the key", example: "01jd9zk5t3m6x8qv2n4b7c1rsw" }),
});

/** As a key is told; neither its secret nor the hash is in it. */
export const keyView = z.object({
  id: z.string().openapi({ description: "Stands in the key itself: `mr_ID_SECRET`" }),
  name: z.string().openapi({ description: "For people" }),
  role: z.enum(ROLES).openapi({ description: "What it lets its bearer do" }),
  scopes: z.array(z.enum(tags)).openapi({ description: "What it may be used for: tags of operations; all when empty" }),
  createdAt: z.string().openapi({ format: "date-time", description: "When it was made" }),
  createdBy: z.string().openapi({ description: "Who made it" }),
  expiresAt: z.string().nullable().openapi({ format: "date-time", description: "Null: it does not expire" }),
  lastUsedAt: z.string().nullable().openapi({ format: "date-time", description: "To a minute; null: never" }),
  revokedAt: z.string().nullable().openapi({ format: "date-time", description: "Null: it is not revoked" }),
  previousUntil: z.string().nullable().openapi({
    format: "date-time",
    description: "Until when the secret before the last rotation holds too",
  }),
}).openapi("ApiKey");

export type KeyView = z.infer<typeof keyView>;

export const secretKeyView = keyView.extend({
  key: z.string().openapi({
    description: "What to send as `Authorization: Bearer KEY`. It is told this once and kept nowhere",
    example: "mr_01jd9zk5t3m6x8qv2n4b7c1rsw_q5Yl…",
  }),
}).openapi("NewApiKey");

export const keyScopes = z.array(z.enum(tags)).max(tags.length).default([]).openapi({
  description: "Tags of the operations that it may be used for; all when empty",
  example: ["jobs", "notifications"],
});

export function viewOfKey(row: ApiKeyRow): KeyView {
  const { id, name, role, scopes, createdBy } = row;
  return {
    id,
    name,
    role: role as Role,
    scopes: JSON.parse(scopes),
    createdAt: iso(row.createdAt),
    createdBy,
    expiresAt: isoOrNull(row.expiresAt),
    lastUsedAt: isoOrNull(row.lastUsedAt),
    revokedAt: isoOrNull(row.revokedAt),
    previousUntil: isoOrNull(row.previousUntil),
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
