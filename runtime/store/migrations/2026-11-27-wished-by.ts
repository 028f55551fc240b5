import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** A message whose cancelling was wished while it ran says who did. */
export const wishedBy: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("messages").addColumn("wished_by", "text").execute();
  },
};
