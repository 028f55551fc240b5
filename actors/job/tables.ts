import { sql } from "kysely";
import { type AgingRows, areOldest, defineTables } from "../../runtime/authoring.ts";
import { jobMigrations } from "./migrations.ts";
import { jobQueries } from "./queries.ts";
import type { JobsDatabase } from "./rows.ts";
import { jobWrites } from "./writes.ts";

/** A job that was sent on a new run has no `finished_at` until that ends. */
const FINISHED: AgingRows = { table: "job_records", at: "finished_at", key: ["id"] };

/** The tables that all job types share. */
export const jobTables = defineTables<JobsDatabase>()("job", {
  migrations: jobMigrations,
  writes: jobWrites,
  queries: jobQueries,
  holdsBlob: (db, { tenant, id }) =>
    db.selectFrom("jobInputs").select("jobId").where("tenant", "=", tenant).where("blob", "=", id).limit(sql.lit(1)),
  sweeps: ({ sweep }) => [
    sweep(
      "jobs",
      (db, slice) => db.deleteFrom("jobAttempts").where(areOldest(db, { of: ["job_id"], rows: FINISHED }, slice)),
      (db, slice) =>
        db.deleteFrom("jobInputs").where(areOldest(db, { of: ["job_id"], rows: FINISHED }, slice))
          .returning(["tenant", "blob"]),
      (db, slice) => db.deleteFrom("jobRecords").where(areOldest(db, { of: ["id"], rows: FINISHED }, slice)),
    ),
  ],
});
