import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { RowWrite } from "../actor/journal.ts";
import { defineTables } from "../actor/tables.ts";
import { engineOf, tableEnd } from "../store/engine.ts";
import { auditPage, auditSlice } from "./audit_page.ts";
import type { AuditDatabase, Audited } from "./audit_rows.ts";

const createAudit: Migration = {
  async up(db: Kysely<unknown>) {
    const isSqlite = engineOf(db) === "sqlite";
    await db.schema.createTable("audit")
      // Of a new row SQLite chooses an integer primary key by itself.
      .addColumn("id", "integer", (id) => isSqlite ? id.primaryKey() : id.generatedAlwaysAsIdentity().primaryKey())
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("at", "integer", (column) => column.notNull())
      .addColumn("by", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("action", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("address", "text", (column) => column.notNull())
      .addColumn("request_id", "text", (column) => column.notNull())
      .modifyEnd(tableEnd(db, "strict")).execute();
    // Of equal times SQLite has the order of the primary key.
    await db.schema.createIndex("audit_by_time").on("audit")
      .columns(isSqlite ? ["tenant", "at"] : ["tenant", "at", "id"]).execute();
  },
};

/** Rows are added, and their age removes them; nothing changes one. */
export const auditTables = defineTables<AuditDatabase>()("audit", {
  migrations: { "2026-11-27-audit": createAudit },
  writes: ({ writeMany }) => ({
    done: writeMany<Audited>((db, rows) =>
      db.insertInto("audit").values(rows.map((row) => ({
        tenant: row.tenant,
        at: row.at,
        by: row.by,
        role: row.role,
        action: row.action,
        subject: row.subject,
        address: row.address,
        requestId: row.requestId,
      })))
    ),
  }),
  queries: ({ query }) => ({ page: query(auditPage, auditSlice) }),
  sweeps: ({ sweep }) => [
    // The order of commits is that of the times but for moments, so the first rows are the oldest.
    sweep(
      "audit",
      (db, { before, limit }) =>
        db.deleteFrom("audit").where(
          "id",
          "in",
          (eb) =>
            eb.selectFrom((first) =>
              first.selectFrom("audit").select(["id", "at"]).orderBy("id").limit(limit).as("first")
            )
              .select("first.id").where("first.at", "<", before),
        ),
    ),
  ],
});

/** The row of a deed. */
export function auditRow(done: Audited): RowWrite {
  return { tables: auditTables.name, write: "done", args: done };
}
