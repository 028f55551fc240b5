import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { engineOf, tableEnd } from "../engine.ts";

/**
 * Says of each message whether its kind keeps a record of it, and lays the columns anew: what the partial indexes ask for
 * comes first, since SQLite reads a row from its start, and the long texts come last.
 */
export const recordedMail: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    // There, names of keys are unique over all tables.
    if (engineOf(db) === "postgres") await schema.alterTable("messages").dropConstraint("messages_place").execute();
    await schema.createTable("messages_anew")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("due_at", "integer", (column) => column.notNull())
      .addColumn("seq", "integer", (column) => column.notNull())
      .addColumn("slot", "integer", (column) => column.notNull())
      .addColumn("ready_at", "integer", (column) => column.notNull())
      .addColumn("priority", "integer", (column) => column.notNull())
      .addColumn("cancel_wished", "integer", (column) => column.notNull().defaultTo(0))
      .addColumn("marked_by", "integer", (column) => column.notNull().defaultTo(0))
      .addColumn("mark_deaths", "integer", (column) => column.notNull().defaultTo(0))
      .addColumn("dedupe_key", "text")
      .addColumn("recorded", "integer", (column) => column.notNull())
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("crashes", "integer", (column) => column.notNull())
      .addColumn("max_attempts", "integer", (column) => column.notNull())
      .addColumn("timeout_ms", "integer", (column) => column.notNull())
      .addColumn("version", "integer", (column) => column.notNull())
      .addColumn("enqueued_at", "integer", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("sender", "text", (column) => column.notNull())
      .addColumn("last_error", "text")
      .addColumn("payload", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("messages_place", ["tenant", "kind", "key", "due_at", "seq"])
      .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
    const columns = sql.raw(
      "tenant, kind, key, due_at, seq, slot, ready_at, priority, cancel_wished, marked_by, mark_deaths, dedupe_key, " +
        "attempts, crashes, max_attempts, timeout_ms, version, enqueued_at, id, name, sender, last_error, payload",
    );
    await sql`insert into messages_anew (recorded, ${columns}) select 0, ${columns} from messages
      order by tenant, kind, key, due_at, seq`.execute(db);
    await schema.dropTable("messages").execute();
    await schema.alterTable("messages_anew").renameTo("messages").execute();
    await schema.createIndex("messages_ready").on("messages")
      .columns(["tenant", "kind", "priority desc", "ready_at", "seq"]).where(sql`slot`, "=", 1).execute();
    await schema.createIndex("messages_waiting").on("messages").column("ready_at").where(sql`slot`, "=", 2).execute();
    await schema.createIndex("messages_dedupe").unique().on("messages")
      .columns(["tenant", "kind", "dedupe_key"]).where("dedupe_key", "is not", null).execute();
    await schema.createIndex("messages_wished").on("messages").column("tenant")
      .where(sql`cancel_wished`, "=", 1).execute();
    await schema.createIndex("messages_marked").on("messages").column("marked_by")
      .where(sql`marked_by`, ">", 0).execute();
  },
};
