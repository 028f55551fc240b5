import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** The oldest dead letters of all tenants are found by an index. */
export const retentionIndexes: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.createIndex("dead_letters_oldest").on("dead_letters").column("died_at").execute();
  },
};
