import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { tableEnd } from "../store/engine.ts";

/**
 * The partial indexes hold what somebody still has to do: tell an end or a first failure, cancel children, seal. None looks at
 * a count, so that counting changes no index.
 */
export const createBatches: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema.createTable("batches")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("message", "text")
      .addColumn("parent_kind", "text")
      .addColumn("parent_key", "text")
      .addColumn("parent_batch", "text")
      .addColumn("by", "text", (column) => column.notNull())
      .addColumn("on_all_done", "text")
      .addColumn("on_any_failed", "text")
      .addColumn("total", "bigint", (column) => column.notNull())
      .addColumn("open", "bigint", (column) => column.notNull())
      .addColumn("succeeded", "bigint", (column) => column.notNull())
      .addColumn("failed", "bigint", (column) => column.notNull())
      .addColumn("cancelled", "bigint", (column) => column.notNull())
      .addColumn("sealed", "bigint", (column) => column.notNull())
      .addColumn("first_failure", "text")
      .addColumn("failed_told", "bigint", (column) => column.notNull())
      .addColumn("done_told", "bigint", (column) => column.notNull())
      .addColumn("cancel_wished_by", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addPrimaryKeyConstraint("batches_key", ["tenant", "id"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await schema.createIndex("batches_untold").on("batches").columns(["tenant", "id"])
      .where(sql`sealed`, "=", 1).where(sql`done_told`, "=", 0).execute();
    await schema.createIndex("batches_failing").on("batches").columns(["tenant", "id"])
      .where(sql`first_failure`, "is not", null).where(sql`on_any_failed`, "is not", null)
      .where(sql`failed_told`, "=", 0).execute();
    await schema.createIndex("batches_begun").on("batches").columns(["tenant", "message"])
      .where(sql`done_told`, "=", 0).execute();
    await schema.createIndex("batches_wished").on("batches").columns(["tenant", "id"])
      .where(sql`cancel_wished_by`, "is not", null).where(sql`done_told`, "=", 0).execute();
    await schema.createIndex("batches_nested").on("batches").columns(["tenant", "parent_batch", "id"])
      .where(sql`parent_batch`, "is not", null).execute();
    await schema.createIndex("batches_ended").on("batches").columns(["ended_at", "tenant", "id"])
      .where(sql`ended_at`, "is not", null).execute();
  },
};

/** Retention goes by tenant, as each may have a time of its own. */
export const keptByTenant: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.dropIndex("batches_ended").execute();
    await schema.createIndex("batches_ended").on("batches").columns(["tenant", "ended_at", "id"])
      .where(sql`ended_at`, "is not", null).execute();
  },
};

/** Of those that were told to have failed, which may be mended yet; like the others it does not look at a count. */
export const mendedBatches: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.createIndex("batches_mendable").on("batches").columns(["tenant", "id"])
      .where(sql`done_told`, "=", 2).execute();
  },
};
