import type { Migration } from "kysely/migration";

export const createSubscriptions: Migration = {
  async up({ schema }) {
    await schema.createTable("subscriptions")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("event_types", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("message", "text", (column) => column.notNull())
      .addColumn("cursor", "bigint", (column) => column.notNull())
      .addColumn("sent", "bigint", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("error", "text")
      .addColumn("gap", "text")
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("subscriptions_key", ["tenant", "id"])
      .execute();
    // Nobody is told twice of the same.
    await schema.createIndex("subscriptions_distinct").on("subscriptions").unique()
      .columns(["tenant", "kind", "key", "message", "event_types"]).execute();
    await schema.createTable("subscribing_kinds")
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("since", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("subscribing_kinds_key", ["kind"])
      .execute();
  },
};
