import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { type AgingRows, areOldest, defineTables, tableEnd } from "../authoring.ts";
import { actionQueries } from "./queries.ts";
import type { ActionDatabase } from "./rows.ts";
import { actionWrites } from "./writes.ts";

const createActions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("customer_actions")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("audience", "text", (column) => column.notNull())
      .addColumn("print", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("batch_id", "text")
      .addColumn("customers", "integer", (column) => column.notNull())
      .addColumn("cursor", "text")
      .addColumn("cancel_wished_by", "text")
      .addColumn("counts", "text")
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addPrimaryKeyConstraint("customer_actions_key", ["tenant", "id"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createIndex("customer_actions_by_time").on("customer_actions")
      .columns(["tenant", "created_at", "id"]).execute();
    await db.schema.createIndex("customer_actions_ended").on("customer_actions")
      .columns(["ended_at", "tenant", "id"]).where(sql.ref("ended_at"), "is not", null).execute();
  },
};

/** Retention goes by tenant, as each may have a time of its own. */
const keptByTenant: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.dropIndex("customer_actions_ended").execute();
    await schema.createIndex("customer_actions_ended").on("customer_actions").columns(["tenant", "ended_at", "id"])
      .where(sql.ref("ended_at"), "is not", null).execute();
  },
};

const ENDED: AgingRows = { table: "customer_actions", at: "ended_at", key: ["id"] };

/** What happened to customers. */
export const actionTables = defineTables<ActionDatabase>()("customer-action", {
  migrations: {
    "2026-12-01-customer-actions": createActions,
    "2026-12-22-customer-actions-kept-by-tenant": keptByTenant,
  },
  writes: actionWrites,
  queries: actionQueries,
  sweeps: ({ sweep }) => [
    sweep(
      "jobs",
      (db, slice) => db.deleteFrom("customerActions").where(areOldest(db, { of: ["id"], rows: ENDED }, slice)),
    ),
  ],
});
