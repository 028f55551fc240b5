import { sql } from "kysely";
import { type AgingRows, areOldest, type Declare, type Sweep } from "../authoring.ts";
import type { EmployeeDatabase } from "./rows.ts";

const REJECTS: AgingRows = { table: "employee_rejects", at: "rejected_at", key: ["upload_id", "line"] };
const UPLOADS: AgingRows = { table: "employee_uploads", at: "finished_at", key: ["id"] };

/**
 * An upload whose bytes stopped coming, as when the server died, leaves nothing: its rows go, then itself. One that has ended
 * goes with what it rejected when both are old; the employees stay.
 */
export function employeeSweeps({ sweep }: Declare<EmployeeDatabase>): readonly Sweep[] {
  return [
    sweep("broken-uploads", (db, { before, limit }) =>
      db.deleteFrom("employeeRows").where(({ eb, refTuple }) =>
        eb(
          refTuple("tenant", "uploadId", "line"),
          "in",
          db.selectFrom("employeeUploads as upload")
            .innerJoin(
              "employeeRows as row",
              (join) => join.onRef("row.tenant", "=", "upload.tenant").onRef("row.uploadId", "=", "upload.id"),
            )
            .select(["row.tenant", "row.uploadId", "row.line"])
            .where("upload.status", "=", sql.lit("uploading")).where("upload.touchedAt", "<", before).limit(limit)
            .$asTuple("tenant", "uploadId", "line"),
        )
      )),
    sweep("broken-uploads", (db, { before, limit }) =>
      db.deleteFrom("employeeUploads").where(({ eb, refTuple }) =>
        eb(
          refTuple("tenant", "id"),
          "in",
          db.selectFrom("employeeUploads as upload").select(["upload.tenant", "upload.id"])
            .where("upload.status", "=", sql.lit("uploading")).where("upload.touchedAt", "<", before)
            .where(({ not, exists, selectFrom }) =>
              not(exists(
                selectFrom("employeeRows as row").select("row.line").whereRef("row.tenant", "=", "upload.tenant")
                  .whereRef("row.uploadId", "=", "upload.id"),
              ))
            )
            .orderBy("upload.touchedAt").limit(limit).$asTuple("tenant", "id"),
        )
      )),
    sweep(
      "jobs",
      (db, slice) => db.deleteFrom("employeeRejects").where(areOldest(db, { of: REJECTS.key, rows: REJECTS }, slice)),
    ),
    sweep(
      "jobs",
      (db, slice) => db.deleteFrom("employeeUploads").where(areOldest(db, { of: UPLOADS.key, rows: UPLOADS }, slice)),
    ),
  ];
}
