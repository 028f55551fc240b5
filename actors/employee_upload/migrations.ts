import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { tableEnd } from "../authoring.ts";

const createUploads: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("employee_uploads")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("position", "text")
      .addColumn("fingerprint", "text")
      .addColumn("header", "text")
      .addColumn("size_bytes", "integer", (column) => column.notNull())
      .addColumn("staged", "integer", (column) => column.notNull())
      .addColumn("accepted", "integer", (column) => column.notNull())
      .addColumn("rejected", "integer", (column) => column.notNull())
      .addColumn("error", "text")
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "integer", (column) => column.notNull())
      .addColumn("staged_at", "integer")
      .addColumn("finished_at", "integer")
      .addColumn("touched_at", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("employee_uploads_key", ["tenant", "id"])
      .modifyEnd(tableEnd(db, "strict", "without rowid"))
      .execute();
    // Of files that were not processed to the end there may be several.
    await db.schema.createIndex("employee_uploads_once").unique().on("employee_uploads")
      .columns(["tenant", "fingerprint"]).execute();
    await db.schema.createIndex("employee_uploads_broken").on("employee_uploads").columns([
      "touched_at",
      "tenant",
      "id",
    ])
      .where(sql.ref("status"), "=", sql.lit("uploading")).execute();
    await db.schema.createIndex("employee_uploads_oldest").on("employee_uploads")
      .columns(["finished_at", "tenant", "id"]).where(sql.ref("finished_at"), "is not", null).execute();
  },
};

const createRows: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("employee_rows")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("upload_id", "text", (column) => column.notNull())
      .addColumn("line", "integer", (column) => column.notNull())
      .addColumn("text", "text", (column) => column.notNull())
      .addColumn("fault", "text")
      .addPrimaryKeyConstraint("employee_rows_key", ["tenant", "upload_id", "line"])
      .modifyEnd(tableEnd(db, "strict", "without rowid"))
      .execute();
    await db.schema.createTable("employee_rejects")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("upload_id", "text", (column) => column.notNull())
      .addColumn("line", "integer", (column) => column.notNull())
      .addColumn("reason", "text", (column) => column.notNull())
      .addColumn("fields", "text")
      .addColumn("raw", "text")
      .addColumn("rejected_at", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("employee_rejects_key", ["tenant", "upload_id", "line"])
      .modifyEnd(tableEnd(db, "strict", "without rowid"))
      .execute();
    await db.schema.createIndex("employee_rejects_oldest").on("employee_rejects")
      .columns(["rejected_at", "tenant", "upload_id", "line"]).execute();
  },
};

const createEmployees: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("employees")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("number", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("email", "text", (column) => column.notNull())
      .addColumn("start_date", "text", (column) => column.notNull())
      .addColumn("end_date", "text")
      .addColumn("upload_id", "text", (column) => column.notNull())
      .addColumn("position", "text", (column) => column.notNull())
      .addColumn("line", "integer", (column) => column.notNull())
      .addColumn("created_at", "integer", (column) => column.notNull())
      .addColumn("updated_at", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("employees_key", ["tenant", "number"])
      .modifyEnd(tableEnd(db, "strict", "without rowid"))
      .execute();
  },
};

/** Retention goes by tenant, as each may have a time of its own. */
const keptByTenant: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.dropIndex("employee_uploads_oldest").execute();
    await schema.createIndex("employee_uploads_oldest").on("employee_uploads")
      .columns(["tenant", "finished_at", "id"]).where(sql.ref("finished_at"), "is not", null).execute();
    await schema.dropIndex("employee_rejects_oldest").execute();
    await schema.createIndex("employee_rejects_oldest").on("employee_rejects")
      .columns(["tenant", "rejected_at", "upload_id", "line"]).execute();
  },
};

/** By name, in order. */
export const employeeMigrations: Readonly<Record<string, Migration>> = {
  "2026-12-10-employee-rows": createRows,
  "2026-12-10-employee-uploads": createUploads,
  "2026-12-10-employees": createEmployees,
  "2026-12-22-employees-kept-by-tenant": keptByTenant,
};
