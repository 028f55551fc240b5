import { type ColumnDefinitionBuilder, type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { tableEnd } from "../engine.ts";

/**
 * Control rows: wishes and start marks of messages, supervision of actors, paused kinds, and the lives of the database;
 * and indexes for dead letters by page. Whatever touches `messages` is partial: mail that nobody controls costs nothing.
 */
export const supervisionTables: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema.alterTable("messages")
      .addColumn("cancel_wished", "integer", (column) => column.notNull().defaultTo(0)).execute();
    await schema.alterTable("messages")
      .addColumn("marked_by", "integer", (column) => column.notNull().defaultTo(0)).execute();
    await schema.alterTable("messages")
      .addColumn("mark_deaths", "integer", (column) => column.notNull().defaultTo(0)).execute();
    await schema.createIndex("messages_wished").on("messages").column("tenant")
      .where(sql`cancel_wished`, "=", 1).execute();
    await schema.createIndex("messages_marked").on("messages").column("marked_by")
      .where(sql`marked_by`, ">", 0).execute();
    await schema.createTable("supervision")
      .addColumn("tenant", "text", required).addColumn("kind", "text", required).addColumn("key", "text", required)
      .addColumn("parent_kind", "text").addColumn("parent_key", "text")
      .addColumn("place", "integer", required).addColumn("restarts", "text", required)
      .addColumn("parked_at", "integer").addColumn("park_reason", "text").addColumn("parked_because", "text")
      .addPrimaryKeyConstraint("supervision_key", ["tenant", "kind", "key"])
      .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
    await schema.createIndex("supervision_children").on("supervision")
      .columns(["tenant", "parent_kind", "parent_key", "place"]).where("parent_kind", "is not", null).execute();
    await schema.createIndex("supervision_parked").on("supervision")
      .columns(["tenant", "kind", "key"]).where(sql`parked_at`, "is not", null).execute();
    await schema.createIndex("supervision_because").on("supervision")
      .columns(["tenant", "parked_because"]).where("parked_because", "is not", null).execute();
    await schema.createTable("paused_kinds")
      .addColumn("tenant", "text", required).addColumn("kind", "text", required)
      .addColumn("by", "text", required).addColumn("at", "integer", required)
      .addPrimaryKeyConstraint("paused_kinds_key", ["tenant", "kind"])
      .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
    await schema.createTable("lives")
      .addColumn("generation", "integer", (column) => column.primaryKey())
      .addColumn("opened_at", "integer", required).addColumn("closed_at", "integer")
      .modifyEnd(tableEnd(db, "strict")).execute();
    await schema.dropIndex("dead_letters_died").execute();
    await schema.createIndex("dead_letters_page").on("dead_letters").columns(["tenant", "died_at", "id"]).execute();
    await schema.createIndex("dead_letters_kind").on("dead_letters")
      .columns(["tenant", "kind", "died_at", "id"]).execute();
  },
};

function required(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull();
}
