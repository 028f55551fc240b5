import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { engineOf } from "../engine.ts";

/**
 * What several nodes on one database need: heads that say whose they are, lives with a lease, numbers that all draw from,
 * and budgets. On SQLite, where one process owns the file, it does nothing.
 */
export const sharedStore: Migration = {
  async up(db: Kysely<unknown>) {
    if (engineOf(db) !== "postgres") return;
    await ownHeads(db);
    await leaseLives(db);
    // A batch draws many places at once.
    await sql`create sequence message_seq increment by 1024`.execute(db);
    await db.schema.createTable("budgets")
      .addColumn("budget", "text", (column) => column.primaryKey())
      .addColumn("full_at", "double precision", (column) => column.notNull()).execute();
    await settle(db);
  },
};

/** 0: nobody's; else the generation of the life whose it is. */
async function ownHeads(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema.alterTable("messages")
    .addColumn("owner", "integer", (column) => column.notNull().defaultTo(0)).execute();
  await schema.dropIndex("messages_ready").execute();
  await schema.createIndex("messages_unowned").on("messages")
    .columns(["tenant", "kind", "priority desc", "ready_at", "seq"])
    .where(sql`slot`, "=", 1).where(sql`owner`, "=", 0).execute();
  await schema.createIndex("messages_owned").on("messages")
    .columns(["kind", "tenant", "owner", "priority desc", "ready_at", "seq"])
    .where(sql`slot`, "=", 1).where(sql`owner`, ">", 0).execute();
  // Whoever looks for what is due passes over none of another node's.
  await schema.dropIndex("messages_waiting").execute();
  await schema.createIndex("messages_waiting").on("messages").column("ready_at")
    .where(sql`slot`, "=", 2).where(sql`owner`, "=", 0).execute();
  await schema.createIndex("messages_waiting_owned").on("messages").columns(["owner", "ready_at"])
    .where(sql`slot`, "=", 2).where(sql`owner`, ">", 0).execute();
}

async function leaseLives(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("lives")
    .addColumn("node", "text", (column) => column.notNull().defaultTo(""))
    .addColumn("role", "text", (column) => column.notNull().defaultTo("all"))
    .addColumn("lease_until", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("ended_at", "integer")
    .addColumn("commits", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("answer", "text")
    .addColumn("running", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("waiting", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("drained", "integer", (column) => column.notNull().defaultTo(0)).execute();
  await db.schema.createIndex("lives_living").on("lives").column("generation")
    .where(sql`ended_at`, "is", null).execute();
  await sql`create sequence life_generation`.execute(db);
}

/** Rows that change often leave room beside them, and what they were is cleared away before it is in the way. */
async function settle(db: Kysely<unknown>): Promise<void> {
  for (const table of ["messages", "tenants", "lives", "nodes", "budgets", "actors"]) {
    await sql`alter table ${sql.table(table)} set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05,
      autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)`.execute(db);
  }
}
