import type { Migration } from "kysely/migration";

/** The ledger's primary key is the promise that an instant has one row, whoever writes it. */
export const createSchedules: Migration = {
  async up({ schema }) {
    await schema.createTable("schedules")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("revision", "text", (column) => column.notNull())
      .addColumn("cron", "text")
      .addColumn("time_zone", "text")
      .addColumn("every_ms", "bigint")
      .addColumn("anchor_at", "bigint", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("key", "text")
      .addColumn("message", "text", (column) => column.notNull())
      .addColumn("payload", "text", (column) => column.notNull())
      .addColumn("catch_up", "text", (column) => column.notNull())
      .addColumn("catch_up_limit", "bigint", (column) => column.notNull())
      .addColumn("jitter_ms", "bigint", (column) => column.notNull())
      .addColumn("enabled", "bigint", (column) => column.notNull())
      .addColumn("built_in", "bigint", (column) => column.notNull())
      .addColumn("next_at", "bigint")
      .addColumn("last", "text")
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("schedules_key", ["tenant", "name"])
      .execute();
    await schema.createIndex("schedules_due").on("schedules").columns(["next_at"])
      .where("next_at", "is not", null).execute();
    await schema.createTable("ticks")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("schedule", "text", (column) => column.notNull())
      .addColumn("instant", "bigint", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("cause", "text", (column) => column.notNull())
      .addColumn("by", "text")
      .addColumn("key", "text")
      .addColumn("message_id", "text")
      .addColumn("error", "text")
      .addPrimaryKeyConstraint("ticks_key", ["tenant", "schedule", "instant"])
      .execute();
    await schema.createIndex("ticks_oldest").on("ticks").columns(["at"]).execute();
  },
};
