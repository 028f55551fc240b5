import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Says of each message which batch its end is counted in. */
export const batchMail: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema.alterTable("messages").addColumn("batch", "text").execute();
    await schema.alterTable("dead_letters").addColumn("batch", "text").execute();
    await schema.createIndex("messages_batch").on("messages").columns(["tenant", "batch", "key"])
      .where(sql`batch`, "is not", null).execute();
  },
};
