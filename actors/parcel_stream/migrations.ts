import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { engineOf, tableEnd } from "../authoring.ts";

const createStreams: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("parcel_streams")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("base_url", "text")
      .addColumn("headers", "text", (column) => column.notNull())
      .addColumn("page_limit", "integer", (column) => column.notNull())
      .addColumn("poll_interval_ms", "integer", (column) => column.notNull())
      .addColumn("look_back", "integer", (column) => column.notNull())
      .addColumn("consumers", "integer", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("epoch", "integer", (column) => column.notNull())
      .addColumn("checkpoint", "integer", (column) => column.notNull())
      .addColumn("last_event_at", "text")
      .addColumn("processed", "integer", (column) => column.notNull())
      .addColumn("events_per_second", "double precision", (column) => column.notNull())
      .addColumn("polled_at", "integer")
      .addColumn("behind", "integer", (column) => column.notNull())
      .addColumn("failures", "integer", (column) => column.notNull())
      .addColumn("last_error", "text")
      .addColumn("failed_at", "integer")
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "integer", (column) => column.notNull())
      .addColumn("updated_at", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("parcel_streams_key", ["tenant", "name"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await sql`create view worker_states as
      select tenant || '/' || name as id, checkpoint as last_processed_event_id from parcel_streams`.execute(db);
  },
};

const createParcels: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("parcels")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("stream", "text", (column) => column.notNull())
      .addColumn("parcel_id", "integer", (column) => column.notNull())
      .addColumn("last_event_id", "integer", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("status_code", "text", (column) => column.notNull())
      .addColumn("run_id", "text")
      .addColumn("carrier_id", "text")
      .addColumn("created_at", "text", (column) => column.notNull())
      .addColumn("pickup_at", "text")
      .addColumn("pickup_event_id", "integer")
      .addColumn("delivery_at", "text")
      .addColumn("delivery_event_id", "integer")
      .addColumn("updated_at", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("parcels_key", ["tenant", "stream", "parcel_id"])
      .modifyEnd(tableEnd(db, "strict", "without rowid"))
      .execute();
    const list = (name: string, columns: readonly string[]) =>
      db.schema.createIndex(name).on("parcels").columns(["tenant", ...columns, "parcel_id", "stream"]).execute();
    await list("parcels_by_id", []);
    await list("parcels_by_type", ["type", "status_code"]);
    await list("parcels_by_run", ["run_id"]);
    await list("parcels_by_update", ["updated_at"]);
  },
};

/**
 * Scans lie in the order in which they came, so that the oldest are swept from the front, and what finds them grows at its
 * end: adding one costs no more however many there are. See history_queries.ts.
 */
const createScans: Migration = {
  async up(db: Kysely<unknown>) {
    const isSqlite = engineOf(db) === "sqlite";
    await db.schema.createTable("scans")
      // Of a new row SQLite chooses an integer primary key by itself.
      .addColumn("id", "integer", (id) => isSqlite ? id.primaryKey() : id.generatedAlwaysAsIdentity().primaryKey())
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("stream", "text", (column) => column.notNull())
      .addColumn("parcel_id", "integer", (column) => column.notNull())
      .addColumn("event_id", "integer", (column) => column.notNull())
      .addColumn("previous_event_id", "integer")
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("status_code", "text", (column) => column.notNull())
      .addColumn("run_id", "text")
      .addColumn("carrier_id", "text")
      .addColumn("user_id", "text")
      .addColumn("device_id", "integer")
      .addColumn("device_transaction_id", "integer")
      .addColumn("created_at", "text", (column) => column.notNull())
      .addColumn("received_at", "integer", (column) => column.notNull())
      .modifyEnd(tableEnd(db, "strict"))
      .execute();
    await db.schema.createIndex("scans_key").unique().on("scans")
      .columns(["tenant", "stream", "event_id", "parcel_id"]).execute();
    await db.schema.createIndex("scans_by_parcel").on("scans")
      .columns(["tenant", "stream", "parcel_id", "event_id"]).where(sql.ref("previous_event_id"), "is", null).execute();
    await db.schema.createTable("malformed_scans")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("stream", "text", (column) => column.notNull())
      .addColumn("fingerprint", "text", (column) => column.notNull())
      .addColumn("received_at", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("malformed_scans_key", ["tenant", "stream", "fingerprint"])
      .modifyEnd(tableEnd(db, "strict", "without rowid"))
      .execute();
    await db.schema.createIndex("malformed_scans_oldest").on("malformed_scans")
      .columns(["received_at", "tenant", "stream", "fingerprint"]).execute();
  },
};

/** By name, in order. */
export const parcelMigrations: Readonly<Record<string, Migration>> = {
  "2026-11-30-parcel-scans": createScans,
  "2026-11-30-parcel-streams": createStreams,
  "2026-11-30-parcels": createParcels,
};
