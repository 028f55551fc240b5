import type { Migration } from "kysely/migration";
import { z } from "zod";
import { defineTables } from "../actor/tables.ts";
import { tableEnd } from "../store/engine.ts";

/** Instants in ms since the epoch. The rows belong to the installation, so none has a tenant of its own. */
export interface RegisteredTenantRow {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** JSON. */
  readonly settings: string;
  /** Counts the changes, so that of two at once one is refused. */
  readonly revision: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
  readonly deletingAt: number | null;
  /** JSON of row writes; null unless it is being deleted. */
  readonly lastRows: string | null;
}

/** A tenant of which nothing is left in the store; a node that was away then may have files of it. */
export interface GoneTenantRow {
  readonly id: string;
  readonly goneAt: number;
}

interface TenantsDatabase {
  registeredTenants: RegisteredTenantRow;
  goneTenants: GoneTenantRow;
}

interface TenantsPage {
  readonly after?: string | undefined;
  readonly limit: number;
}

type Created = Pick<RegisteredTenantRow, "id" | "name" | "settings" | "createdAt" | "createdBy">;
type Changed = Pick<
  RegisteredTenantRow,
  "id" | "name" | "status" | "settings" | "updatedAt" | "deletingAt" | "lastRows" | "revision"
>;

const createRegistered: Migration = {
  async up(db) {
    await db.schema.createTable("registered_tenants")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("settings", "text", (column) => column.notNull())
      .addColumn("revision", "bigint", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addColumn("deleting_at", "bigint")
      .addColumn("last_rows", "text")
      .modifyEnd(tableEnd(db, "without rowid")).execute();
  },
};

const createGone: Migration = {
  async up(db) {
    await db.schema.createTable("gone_tenants")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("gone_at", "bigint", (column) => column.notNull())
      .modifyEnd(tableEnd(db, "without rowid")).execute();
    await db.schema.createIndex("gone_tenants_oldest").on("gone_tenants").columns(["gone_at", "id"]).execute();
  },
};

export const tenantTables = defineTables<TenantsDatabase>()("tenants", {
  migrations: { "2026-11-30-registered-tenants": createRegistered, "2026-12-22-gone-tenants": createGone },
  writes: ({ write }) => ({
    /** Refused as `constraint` when there is one of this id. */
    created: write<Created>((db, { id, name, settings, createdAt, createdBy }) =>
      db.insertInto("registeredTenants").values({
        ...{ id, name, settings, createdAt, createdBy, status: "active", revision: 0 },
        updatedAt: createdAt,
      } as RegisteredTenantRow)
    ),
    /** `revision`: the one that was read. Refused as `conflict` when the row is another by now. */
    changed: write<Changed>(
      (db, { id, revision, name, status, settings, updatedAt, deletingAt, lastRows }) =>
        db.updateTable("registeredTenants")
          .set((eb) => ({ name, status, settings, updatedAt, deletingAt, lastRows, revision: eb("revision", "+", 1) }))
          .where("id", "=", id).where("revision", "=", revision),
      { whenUnchanged: "conflict" },
    ),
    /** Of one that is being deleted. */
    gone: write<{ readonly id: string }>(
      (db, { id }) => db.deleteFrom("registeredTenants").where("id", "=", id).where("status", "=", "deleting"),
      { whenUnchanged: "conflict" },
    ),
    /** For the nodes that are away now. */
    left: write<GoneTenantRow>((db, { id, goneAt }) =>
      db.insertInto("goneTenants").values({ id, goneAt })
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ goneAt }))
    ),
  }),
  queries: ({ query, row }) => ({
    byId: row(
      z.object({ id: z.string() }),
      (db, { id }: { id: string }) => db.selectFrom("registeredTenants").selectAll().where("id", "=", id),
    ),
    page: query<TenantsPage, readonly RegisteredTenantRow[]>(
      z.object({ after: z.string().optional(), limit: z.int() }),
      async (db, { after = "", limit }) =>
        await db.selectFrom("registeredTenants").selectAll().where("id", ">", after).orderBy("id").limit(limit)
          .execute(),
    ),
    gone: query<TenantsPage, readonly GoneTenantRow[]>(
      z.object({ after: z.string().optional(), limit: z.int() }),
      async (db, { after = "", limit }) =>
        await db.selectFrom("goneTenants").selectAll().where("id", ">", after).orderBy("id").limit(limit).execute(),
    ),
  }),
  sweeps: ({ sweep }) => [
    sweep(
      "gone-tenants",
      (db, { before, limit }) =>
        db.deleteFrom("goneTenants").where(
          "id",
          "in",
          (from) =>
            from.selectFrom("goneTenants").select("id").where("goneAt", "<", before).orderBy("goneAt").orderBy("id")
              .limit(limit),
        ),
    ),
  ],
});
