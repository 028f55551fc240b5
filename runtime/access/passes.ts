import type { Migration } from "kysely/migration";
import { z } from "zod";
import { defineTables } from "../actor/tables.ts";

/**
 * What somebody who has signed in is given to show in place of the token or key: a `session`, which a browser keeps in a
 * cookie, or a `ticket`, with which one event stream is opened. Instants in ms since the epoch.
 */
export interface PassRow {
  readonly tenant: string;
  /** Of the 256 random bits that are shown; they are nowhere. */
  readonly hash: string;
  readonly purpose: "session" | "ticket";
  readonly subject: string;
  readonly role: string;
  /** The API key that was signed in with, and the hash of its secret then: the pass is over when that is. */
  readonly keyId: string | null;
  readonly keyHash: string | null;
  /** Hash of the session that a ticket was given to: the ticket is over when that is. */
  readonly parent: string | null;
  /** When what it lets in must end: with the token behind it. Null: it need not. */
  readonly endsAt: number | null;
  /** When it can be shown no more. */
  readonly expiresAt: number;
}

interface PassesDatabase {
  passes: PassRow;
}

const createPasses: Migration = {
  async up({ schema }) {
    await schema.createTable("passes")
      .addColumn("hash", "text", (column) => column.primaryKey())
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("purpose", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("key_id", "text")
      .addColumn("key_hash", "text")
      .addColumn("parent", "text")
      .addColumn("ends_at", "bigint")
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("passes_oldest").on("passes").columns(["expires_at"]).execute();
  },
};

/** The passes of all tenants; a sweep removes those that are over. */
export const passes = defineTables<PassesDatabase>()("passes", {
  migrations: { "2026-11-27-passes": createPasses },
  writes: ({ write }) => ({
    issued: write<Omit<PassRow, "tenant">>((db, pass) =>
      db.insertInto("passes").values({
        tenant: pass.tenant,
        hash: pass.hash,
        purpose: pass.purpose,
        subject: pass.subject,
        role: pass.role,
        keyId: pass.keyId,
        keyHash: pass.keyHash,
        parent: pass.parent,
        endsAt: pass.endsAt,
        expiresAt: pass.expiresAt,
      })
    ),
    /** Refused as `conflict` when it is gone: of several who use a ticket, one succeeds. */
    ended: write<Pick<PassRow, "hash">>(
      (db, { tenant, hash }) => db.deleteFrom("passes").where("tenant", "=", tenant).where("hash", "=", hash),
      { whenUnchanged: "conflict" },
    ),
  }),
  queries: ({ row }) => ({
    /** Whosever it is: the tenant of the call is not looked at, because who shows a pass does not say whose it is. */
    shown: row(
      z.object({ hash: z.string() }),
      (db, { hash }: { hash: string }) => db.selectFrom("passes").selectAll().where("hash", "=", hash),
    ),
  }),
  sweeps: ({ sweep }) => [
    sweep(
      "passes",
      (db, { before, limit }) =>
        db.deleteFrom("passes").where(
          "hash",
          "in",
          (from) =>
            from.selectFrom("passes").select("hash").where("expiresAt", "<", before).orderBy("expiresAt").limit(limit),
        ),
    ),
  ],
});
