import { type Kysely, sql } from "kysely";
import type { Declare } from "../authoring.ts";
import type { EmployeeDatabase, UploadRow } from "./rows.ts";
import { EMPLOYEE_COLUMNS, REJECT_COLUMNS, rowsOf, STAGED_COLUMNS } from "./text_writes.ts";

type OfUpload = Pick<UploadRow, "id">;
type At = { readonly at: number };
/** What is told in a text: see text_writes.ts. */
type Rows = { readonly uploadId: string; readonly rows: string };

/** Rows that one `rowsDropped` takes away at most. */
export const DROPPED_AT_ONCE = 2_000;
const conflict = { whenUnchanged: "conflict" } as const;

/**
 * What is written of uploads. `created`, `grown` and `accepted` are the life of one whose bytes come in, which `broken` ends
 * where they break off; what follows is its actor's, but for `cancelled`, which is a person's.
 */
// deno-lint-ignore explicit-module-boundary-types -- the arguments' types stand with each write
export function employeeWrites({ write }: Declare<EmployeeDatabase>) {
  const uploads = (db: Kysely<EmployeeDatabase>, { tenant, id }: OfUpload & { tenant: string }) =>
    db.updateTable("employeeUploads").where("tenant", "=", tenant).where("id", "=", id);
  const uploading = (db: Kysely<EmployeeDatabase>, of: OfUpload & { tenant: string }) =>
    uploads(db, of).where("status", "=", "uploading");
  const open = (db: Kysely<EmployeeDatabase>, of: OfUpload & { tenant: string }) =>
    uploads(db, of).where("status", "in", ["staged", "processing"]);

  return {
    created: write<OfUpload & At & { readonly by: string }>((db, { tenant, id, by, at }) =>
      db.insertInto("employeeUploads").values({
        tenant,
        id,
        status: "uploading",
        position: null,
        fingerprint: null,
        header: null,
        sizeBytes: 0,
        staged: 0,
        accepted: 0,
        rejected: 0,
        error: null,
        createdBy: by,
        createdAt: at,
        stagedAt: null,
        finishedAt: null,
        touchedAt: at,
      })
    ),
    /** Each as `NewStagedRow`. */
    rowsStaged: write<Rows>((db, { tenant, uploadId, rows }) =>
      db.insertInto("employeeRows").columns(["tenant", "uploadId", ...STAGED_COLUMNS.map(([name]) => name)])
        .expression(rowsOf(db, { before: [tenant, uploadId], rows }, STAGED_COLUMNS))
    ),
    grown: write<OfUpload & At & { readonly count: number }>(
      (db, grown) =>
        uploading(db, grown).set((eb) => ({ staged: eb("staged", "+", grown.count), touchedAt: grown.at })),
      conflict,
    ),
    /** Refused as `constraint` where the same file was taken before. */
    accepted: write<
      OfUpload & At & {
        readonly position: string;
        readonly fingerprint: string;
        readonly header: string;
        readonly sizeBytes: number;
      }
    >(
      (db, upload) =>
        uploading(db, upload).set({
          status: "staged",
          position: upload.position,
          fingerprint: upload.fingerprint,
          header: upload.header,
          sizeBytes: upload.sizeBytes,
          stagedAt: upload.at,
        }),
      conflict,
    ),
    /** Its rows go first. */
    broken: write<OfUpload>((db, { tenant, id }) =>
      db.deleteFrom("employeeUploads").where("tenant", "=", tenant).where("id", "=", id).where(
        "status",
        "=",
        "uploading",
      )
    ),
    /** Some of those that are left. As a range: Postgres would look each row up in a list that it makes anew for each. */
    rowsDropped: write<{ readonly uploadId: string }>((db, { tenant, uploadId }) =>
      db.deleteFrom("employeeRows").where("tenant", "=", tenant).where("uploadId", "=", uploadId).where(
        "line",
        "<=",
        (eb) =>
          eb.selectFrom((from) =>
            from.selectFrom("employeeRows").select("line").where("tenant", "=", tenant)
              .where("uploadId", "=", uploadId).orderBy("line").limit(sql.lit(DROPPED_AT_ONCE)).as("first")
          ).select(({ fn }) => fn.max("first.line").as("line")),
      )
    ),
    /** Rows that were looked at go with the commit that says what they came to. */
    rowsTaken: write<{ readonly uploadId: string; readonly after: number; readonly upTo: number }>((db, taken) =>
      db.deleteFrom("employeeRows").where("tenant", "=", taken.tenant).where("uploadId", "=", taken.uploadId)
        .where("line", ">", taken.after).where("line", "<=", taken.upTo)
    ),
    /** Refused where somebody has cancelled it meanwhile. */
    advanced: write<OfUpload & { readonly accepted: number; readonly rejected: number }>(
      (db, chunk) =>
        open(db, chunk).set((eb) => ({
          status: "processing",
          accepted: eb("accepted", "+", chunk.accepted),
          rejected: eb("rejected", "+", chunk.rejected),
        })),
      conflict,
    ),
    completed: write<OfUpload & At>(
      (db, ended) => open(db, ended).set({ status: "completed", finishedAt: ended.at }),
      conflict,
    ),
    failed: write<OfUpload & At & { readonly error: string }>(
      (db, ended) =>
        open(db, ended).set({ status: "failed", error: ended.error, finishedAt: ended.at, fingerprint: null }),
      conflict,
    ),
    cancelled: write<OfUpload & At>(
      (db, ended) => open(db, ended).set({ status: "cancelled", finishedAt: ended.at, fingerprint: null }),
      conflict,
    ),
    /** What a later upload has said stays. */
    upserted: write<Rows & At & { readonly position: string }>((db, { tenant, uploadId, rows, position, at }) =>
      db.insertInto("employees")
        .columns([
          "tenant",
          "uploadId",
          ...EMPLOYEE_COLUMNS.map(([name]) => name),
          "position",
          "createdAt",
          "updatedAt",
        ])
        .expression(
          rowsOf(
            db,
            {
              before: [tenant, uploadId],
              rows,
              after: [[position, "text"], [at, "bigint"], [at, "bigint"]],
            },
            EMPLOYEE_COLUMNS,
          ),
        )
        .onConflict((conflict) =>
          conflict.columns(["tenant", "number"]).doUpdateSet((eb) => ({
            name: eb.ref("excluded.name"),
            email: eb.ref("excluded.email"),
            startDate: eb.ref("excluded.startDate"),
            endDate: eb.ref("excluded.endDate"),
            uploadId: eb.ref("excluded.uploadId"),
            position: eb.ref("excluded.position"),
            line: eb.ref("excluded.line"),
            updatedAt: eb.ref("excluded.updatedAt"),
          })).whereRef("employees.position", "<", "excluded.position")
        )
    ),
    rejected: write<Rows & At>((db, { tenant, uploadId, rows, at }) =>
      db.insertInto("employeeRejects")
        .columns(["tenant", "uploadId", ...REJECT_COLUMNS.map(([name]) => name), "rejectedAt"])
        .expression(rowsOf(db, { before: [tenant, uploadId], rows, after: [[at, "bigint"]] }, REJECT_COLUMNS))
    ),
  };
}
