import type { Migration } from "kysely/migration";
import { type AgingRows, areOldest, defineTables, tableEnd } from "../authoring.ts";
import { importQueries } from "./queries.ts";
import type { ImportDatabase, ImportRejectRow, ImportRow } from "./rows.ts";

const createImports: Migration = {
  async up(db) {
    await db.schema.createTable("imports")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("dataset", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("data", "text", (column) => column.notNull())
      .addColumn("revision", "integer", (column) => column.notNull())
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("line", "integer", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("imports_key", ["tenant", "dataset", "key"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createTable("import_rejects")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("line", "integer", (column) => column.notNull())
      .addColumn("reason", "text", (column) => column.notNull())
      .addColumn("raw", "text", (column) => column.notNull())
      .addColumn("rejected_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("import_rejects_key", ["tenant", "job_id", "line"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
  },
};

/** The oldest rejects are found by an index. */
const addRetention: Migration = {
  async up({ schema }) {
    await schema.createIndex("import_rejects_oldest").on("import_rejects")
      .columns(["rejected_at", "tenant", "job_id", "line"]).execute();
  },
};

/** By tenant, as each may have a time of its own. */
const keptByTenant: Migration = {
  async up({ schema }) {
    await schema.dropIndex("import_rejects_oldest").execute();
    await schema.createIndex("import_rejects_oldest").on("import_rejects")
      .columns(["tenant", "rejected_at", "job_id", "line"]).execute();
  },
};

const REJECTS: AgingRows = { table: "import_rejects", at: "rejected_at", key: ["job_id", "line"] };

/** What imports leave behind: the rows of every dataset, and the records that were refused. */
export const importTables = defineTables<ImportDatabase>()("import", {
  migrations: {
    "2026-11-22-imports": createImports,
    "2026-11-23-import-retention": addRetention,
    "2026-12-22-import-kept-by-tenant": keptByTenant,
  },
  writes: ({ write }) => ({
    imported: write<Omit<ImportRow, "tenant" | "revision">>(
      (db, row) =>
        db.insertInto("imports")
          .values({
            tenant: row.tenant,
            dataset: row.dataset,
            key: row.key,
            data: row.data,
            revision: 1,
            jobId: row.jobId,
            line: row.line,
            updatedAt: row.updatedAt,
          })
          .onConflict((conflict) =>
            conflict.columns(["tenant", "dataset", "key"]).doUpdateSet((eb) => ({
              data: eb.ref("excluded.data"),
              revision: eb("imports.revision", "+", 1),
              jobId: eb.ref("excluded.jobId"),
              line: eb.ref("excluded.line"),
              updatedAt: eb.ref("excluded.updatedAt"),
            }))
          ),
    ),
    rejected: write<Omit<ImportRejectRow, "tenant">>(
      (db, row) =>
        db.insertInto("importRejects")
          .values({
            tenant: row.tenant,
            jobId: row.jobId,
            line: row.line,
            reason: row.reason,
            raw: row.raw,
            rejectedAt: row.rejectedAt,
          })
          .onConflict((conflict) =>
            conflict.columns(["tenant", "jobId", "line"]).doUpdateSet((eb) => ({
              reason: eb.ref("excluded.reason"),
              raw: eb.ref("excluded.raw"),
              rejectedAt: eb.ref("excluded.rejectedAt"),
            }))
          ),
    ),
  }),
  queries: importQueries,
  sweeps: ({ sweep }) => [
    sweep(
      "jobs",
      (db, slice) => db.deleteFrom("importRejects").where(areOldest(db, { of: REJECTS.key, rows: REJECTS }, slice)),
    ),
  ],
});
