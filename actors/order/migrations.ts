import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { tableEnd } from "../authoring.ts";

const createOrders: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("orders")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("request_id", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("print", "text", (column) => column.notNull())
      .addColumn("products", "text", (column) => column.notNull())
      .addColumn("currency", "text", (column) => column.notNull())
      .addColumn("amount", "bigint", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("external_id", "text")
      .addColumn("reason", "text")
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("submitted_at", "bigint")
      .addColumn("ended_at", "bigint")
      .addPrimaryKeyConstraint("orders_key", ["tenant", "request_id"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createIndex("orders_by_time").on("orders").columns(["tenant", "created_at", "request_id"])
      .execute();
    await db.schema.createIndex("orders_by_status").on("orders")
      .columns(["tenant", "status", "created_at", "request_id"]).execute();
    // What the sweep looks for: as small as what is open, however many have ended.
    await db.schema.createIndex("orders_unanswered").on("orders").columns(["created_at", "tenant", "request_id"])
      .where(sql.ref("ended_at"), "is", null).where(sql.ref("external_id"), "is", null).execute();
    await db.schema.createIndex("orders_ended").on("orders").columns(["ended_at", "status"])
      .where(sql.ref("ended_at"), "is not", null).execute();
  },
};

/** By name, in order. */
export const orderMigrations: Readonly<Record<string, Migration>> = { "2026-12-02-orders": createOrders };
