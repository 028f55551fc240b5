import { type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { tableEnd } from "../authoring.ts";

const createProjections: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("customer_answers")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("tag", "text", (column) => column.notNull())
      .addColumn("answer", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("customer_answers_key", ["tenant", "id"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createTable("customer_terms")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("term", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("customer_terms_key", ["tenant", "id", "term"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createIndex("customer_terms_found").on("customer_terms").columns([
      "tenant",
      "term",
      "id",
      "version",
    ])
      .execute();
  },
};

export const projectionMigrations: Readonly<Record<string, Migration>> = {
  "2026-12-24-customer-projections": createProjections,
};
