import type { Migration } from "kysely/migration";
import { z } from "zod";
import { defineTables } from "../actor/tables.ts";

/** A key that programs sign in with. Instants in ms since the epoch. */
export interface ApiKeyRow {
  readonly tenant: string;
  /** Unique over all tenants: who shows a key names it, and no tenant. */
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** JSON array: what it may be used for; empty for everything. */
  readonly scopes: string;
  /** Of the secret, which is nowhere. */
  readonly hash: string;
  /** The secret before, and until when it holds. */
  readonly previousHash: string | null;
  readonly previousUntil: number | null;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Null: it does not expire. */
  readonly expiresAt: number | null;
  /** To a minute. */
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** Keys of a tenant, newest first; `before` is the id that the page before ended with. */
export interface ApiKeysPage {
  readonly before?: string | undefined;
  readonly limit: number;
}

interface ApiKeysDatabase {
  apiKeys: ApiKeyRow;
}

type Created = Omit<ApiKeyRow, "tenant" | "previousHash" | "previousUntil" | "lastUsedAt" | "revokedAt">;

const createApiKeys: Migration = {
  async up({ schema }) {
    await schema.createTable("api_keys")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("scopes", "text", (column) => column.notNull())
      .addColumn("hash", "text", (column) => column.notNull())
      .addColumn("previous_hash", "text")
      .addColumn("previous_until", "bigint")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("expires_at", "bigint")
      .addColumn("last_used_at", "bigint")
      .addColumn("revoked_at", "bigint")
      .execute();
    await schema.createIndex("api_keys_listed").on("api_keys").columns(["tenant", "id"]).execute();
  },
};

/** The keys of all tenants; those that were revoked stay, to be seen in the list. */
export const apiKeys = defineTables<ApiKeysDatabase>()("api-keys", {
  migrations: { "2026-11-27-api-keys": createApiKeys },
  writes: ({ write }) => ({
    created: write<Created>((db, key) =>
      db.insertInto("apiKeys").values({
        tenant: key.tenant,
        id: key.id,
        name: key.name,
        role: key.role,
        scopes: key.scopes,
        hash: key.hash,
        createdAt: key.createdAt,
        createdBy: key.createdBy,
        expiresAt: key.expiresAt,
      })
    ),
    /** `from`: the hash that goes, so that of two rotations at once one is refused. */
    rotated: write<Pick<ApiKeyRow, "id" | "hash" | "previousHash" | "previousUntil"> & { readonly from: string }>(
      (db, { tenant, id, from, hash, previousHash, previousUntil }) =>
        db.updateTable("apiKeys").set({ hash, previousHash, previousUntil })
          .where("tenant", "=", tenant).where("id", "=", id).where("hash", "=", from).where("revokedAt", "is", null),
      { whenUnchanged: "conflict" },
    ),
    /** Refused as `conflict` when it is already. */
    revoked: write<{ readonly id: string; readonly at: number }>(
      (db, { tenant, id, at }) =>
        db.updateTable("apiKeys").set({ revokedAt: at })
          .where("tenant", "=", tenant).where("id", "=", id).where("revokedAt", "is", null),
      { whenUnchanged: "conflict" },
    ),
    /** Changes nothing when it was used after `before`. */
    used: write<{ readonly id: string; readonly at: number; readonly before: number }>(
      (db, { tenant, id, at, before }) =>
        db.updateTable("apiKeys").set({ lastUsedAt: at }).where("tenant", "=", tenant).where("id", "=", id)
          .where((eb) => eb.or([eb("lastUsedAt", "is", null), eb("lastUsedAt", "<=", before)])),
    ),
  }),
  queries: ({ query, row }) => ({
    byId: row(
      z.object({ id: z.string() }),
      (db, { tenant, id }: { tenant: string; id: string }) =>
        db.selectFrom("apiKeys").selectAll().where("tenant", "=", tenant).where("id", "=", id),
    ),
    /** Whosever it is: the tenant of the call is not looked at, because who shows a key does not say whose it is. */
    shown: row(
      z.object({ id: z.string() }),
      (db, { id }: { id: string }) => db.selectFrom("apiKeys").selectAll().where("id", "=", id),
    ),
    page: query<ApiKeysPage, readonly ApiKeyRow[]>(
      z.object({ before: z.string().optional(), limit: z.int() }),
      async (db, { tenant, before, limit }) => {
        const keys = db.selectFrom("apiKeys").selectAll().where("tenant", "=", tenant).orderBy("id", "desc").limit(
          limit,
        );
        return await (before === undefined ? keys : keys.where("id", "<", before)).execute();
      },
    ),
  }),
});
