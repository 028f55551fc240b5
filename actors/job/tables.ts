import { type Kysely, sql } from "kysely";
import { defineTables, type SweepSlice } from "../../runtime/authoring.ts";
import { jobMigrations } from "./migrations.ts";
import { jobQueries } from "./queries.ts";
import type { JobsDatabase } from "./rows.ts";
import { jobWrites } from "./writes.ts";

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
      (db, slice) =>
        db.deleteFrom("jobAttempts").where(({ eb, refTuple }) =>
          eb(refTuple("tenant", "jobId"), "in", oldestFinished(db, slice))
        ),
      (db, slice) =>
        db.deleteFrom("jobInputs")
          .where(({ eb, refTuple }) => eb(refTuple("tenant", "jobId"), "in", oldestFinished(db, slice)))
          .returning(["tenant", "blob"]),
      (db, slice) =>
        db.deleteFrom("jobRecords").where(({ eb, refTuple }) =>
          eb(refTuple("tenant", "id"), "in", oldestFinished(db, slice))
        ),
    ),
  ],
});

/** A job that was sent on a new run has no `finishedAt` until that ends. */
function oldestFinished(db: Kysely<JobsDatabase>, { before, limit }: SweepSlice) {
  return db.selectFrom("jobRecords").select(["tenant", "id"]).where("finishedAt", "<", before)
    .orderBy("finishedAt").orderBy("tenant").orderBy("id").limit(limit).$asTuple("tenant", "id");
}
