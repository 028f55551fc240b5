import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { tableEnd } from "../engine.ts";

/**
 * The runtime's own tables. Rows lie in the order of their primary keys, so that a mailbox and a tenant's log are each one
 * range; the hot indexes are partial: what merely waits in a mailbox costs them nothing.
 */
export const runtimeTables: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await createMailboxes(db);
    await createLog(db);
    await createBlobs(db);
    await schema.createTable("actors")
      .addColumn("tenant", "text", required).addColumn("kind", "text", required).addColumn("key", "text", required)
      .addColumn("state", "text", required).addColumn("state_version", "integer", required)
      .addColumn("version", "integer", required).addColumn("updated_at", "integer", required)
      .addPrimaryKeyConstraint("actors_key", ["tenant", "kind", "key"])
      .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
    await schema.createTable("nodes")
      .addColumn("node", "text", (column) => column.primaryKey()).addColumn("generation", "integer", required)
      .addColumn("opened_at", "integer", required).addColumn("probes", "integer", required)
      .modifyEnd(tableEnd(db, "strict")).execute();
  },
};

async function createMailboxes(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await withMessageColumns(schema.createTable("messages"))
    .addColumn("last_error", "text").addColumn("slot", "integer", required)
    .addPrimaryKeyConstraint("messages_place", ["tenant", "kind", "key", "due_at", "seq"])
    .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
  await schema.createIndex("messages_ready").on("messages")
    .columns(["tenant", "kind", "priority desc", "ready_at", "seq"]).where(sql`slot`, "=", 1).execute();
  await schema.createIndex("messages_waiting").on("messages").column("ready_at").where(sql`slot`, "=", 2).execute();
  await schema.createIndex("messages_dedupe").unique().on("messages")
    .columns(["tenant", "kind", "dedupe_key"]).where("dedupe_key", "is not", null).execute();
  await withMessageColumns(schema.createTable("dead_letters"))
    .addColumn("error", "text", required).addColumn("died_at", "integer", required)
    .addPrimaryKeyConstraint("dead_letters_key", ["id"])
    .modifyEnd(tableEnd(db, "strict")).execute();
  await schema.createIndex("dead_letters_died").on("dead_letters").columns(["tenant", "died_at"]).execute();
}

async function createLog(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema.createTable("events")
    .addColumn("tenant", "text", required).addColumn("number", "integer", required)
    .addColumn("type", "text", required).addColumn("subject", "text", required)
    .addColumn("at", "integer", required).addColumn("data", "text", required)
    .addPrimaryKeyConstraint("events_number", ["tenant", "number"])
    .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
  await schema.createTable("tenants")
    .addColumn("tenant", "text", (column) => column.notNull().primaryKey())
    .addColumn("last_event", "integer", required).addColumn("trimmed_to", "integer", required)
    .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
  await schema.createTable("idempotency_keys")
    .addColumn("tenant", "text", required).addColumn("scope", "text", required).addColumn("key", "text", required)
    .addColumn("print", "text", required).addColumn("answer", "text", required)
    .addColumn("until_at", "integer", required)
    .addPrimaryKeyConstraint("idempotency_keys_key", ["tenant", "scope", "key"])
    .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
  await schema.createIndex("idempotency_keys_until").on("idempotency_keys").column("until_at").execute();
}

async function createBlobs(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema.createTable("blobs")
    .addColumn("tenant", "text", required).addColumn("id", "text", required)
    .addColumn("size_bytes", "integer", required).addColumn("begun_at", "integer", required)
    .addColumn("done", "integer", required)
    .addPrimaryKeyConstraint("blobs_key", ["tenant", "id"])
    .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
  await schema.createIndex("blobs_unfinished").on("blobs").column("begun_at").where(sql`done`, "=", 0).execute();
  await schema.createTable("blob_chunks")
    .addColumn("tenant", "text", required).addColumn("id", "text", required)
    .addColumn("start_byte", "integer", required).addColumn("idx", "integer", required)
    .addColumn("bytes", "blob", required)
    .addPrimaryKeyConstraint("blob_chunks_key", ["tenant", "id", "start_byte"])
    .modifyEnd(tableEnd(db, "strict")).execute();
}

function withMessageColumns<T extends string>(table: CreateTableBuilder<T>): CreateTableBuilder<T, string> {
  return table
    .addColumn("tenant", "text", required).addColumn("kind", "text", required).addColumn("key", "text", required)
    .addColumn("due_at", "integer", required).addColumn("seq", "integer", required)
    .addColumn("id", "text", required).addColumn("name", "text", required)
    .addColumn("version", "integer", required).addColumn("payload", "text", required)
    .addColumn("priority", "integer", required).addColumn("ready_at", "integer", required)
    .addColumn("enqueued_at", "integer", required).addColumn("sender", "text", required)
    .addColumn("attempts", "integer", required).addColumn("crashes", "integer", required)
    .addColumn("max_attempts", "integer", required).addColumn("timeout_ms", "integer", required)
    .addColumn("dedupe_key", "text") as CreateTableBuilder<T, string>;
}

function required(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull();
}
