import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { defineTables, type SweepSlice } from "../../runtime/authoring.ts";
import { jobQueries } from "./queries.ts";
import type { AttemptRow, JobRow, JobsDatabase } from "./rows.ts";

const createJobs: Migration = {
  async up(db) {
    await db.schema.createTable("jobs")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("run", "integer", (column) => column.notNull())
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("max_attempts", "integer", (column) => column.notNull())
      .addColumn("priority", "integer", (column) => column.notNull())
      .addColumn("payload", "text", (column) => column.notNull())
      .addColumn("timeout_ms", "integer", (column) => column.notNull())
      .addColumn("dedupe_key", "text")
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("run_at", "bigint", (column) => column.notNull())
      .addColumn("started_at", "bigint")
      .addColumn("finished_at", "bigint")
      .addColumn("progress", "text")
      .addColumn("result", "text")
      .addColumn("error", "text")
      .addColumn("last_error", "text")
      .addPrimaryKeyConstraint("jobs_key", ["tenant", "id"])
      .modifyEnd(sql`without rowid`)
      .execute();
    // Most jobs succeed, and those are found by the primary key; the index holds the few that did not.
    await db.schema.createIndex("jobs_by_status").on("jobs").columns(["tenant", "status", "id"])
      .where(sql.ref("status"), "!=", sql.lit("succeeded")).execute();
    await db.schema.createIndex("jobs_by_type").on("jobs").columns(["tenant", "type", "id"]).execute();
    await db.schema.createTable("attempts")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("run", "integer", (column) => column.notNull())
      .addColumn("attempt", "integer", (column) => column.notNull())
      .addColumn("started_at", "bigint", (column) => column.notNull())
      .addColumn("finished_at", "bigint", (column) => column.notNull())
      .addColumn("outcome", "text", (column) => column.notNull())
      .addColumn("error", "text")
      .addColumn("lines", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("attempts_key", ["tenant", "job_id", "run", "attempt"])
      .modifyEnd(sql`without rowid`)
      .execute();
  },
};

const failedJobs: Migration = {
  async up(db) {
    await db.schema.alterTable("jobs")
      .addColumn("crashes", "integer", (column) => column.notNull().defaultTo(0)).execute();
    const failed = [sql.ref("status"), "=", sql.lit("failed")] as const;
    await db.schema.createIndex("jobs_failed").on("jobs").columns(["tenant", "finished_at", "id"])
      .where(...failed).execute();
    await db.schema.createIndex("jobs_failed_by_type").on("jobs").columns(["tenant", "type", "finished_at", "id"])
      .where(...failed).execute();
  },
};

/** What retention needs: the oldest finished jobs by an index, and which blob was given to which job. */
const addRetention: Migration = {
  async up(db) {
    await db.schema.createIndex("jobs_finished").on("jobs").columns(["finished_at", "tenant", "id"])
      .where("finished_at", "is not", null).execute();
    await db.schema.createTable("job_inputs")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("blob", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("job_inputs_key", ["tenant", "job_id"])
      .modifyEnd(sql`without rowid`)
      .execute();
    await db.schema.createIndex("job_inputs_blob").on("job_inputs").columns(["tenant", "blob"]).execute();
    await sql`insert into job_inputs (tenant, job_id, blob)
      select tenant, id, json_extract(payload, '$.blob') from jobs
      where type = 'import' and json_extract(payload, '$.blob') is not null`.execute(db);
  },
};

/** The tables that all job types share. */
export const jobTables = defineTables<JobsDatabase>()("job", {
  migrations: {
    "2026-11-22-jobs": createJobs,
    "2026-11-22-jobs-failed": failedJobs,
    "2026-11-23-job-retention": addRetention,
  },
  writes: ({ write }) => ({
    queued: write<Omit<JobRow, "tenant" | "status" | "run" | "attempts" | "crashes" | Finish>>(
      (db, job) =>
        db.insertInto("jobs").values({
          tenant: job.tenant,
          id: job.id,
          type: job.type,
          status: "queued",
          run: 1,
          attempts: 0,
          crashes: 0,
          maxAttempts: job.maxAttempts,
          priority: job.priority,
          payload: job.payload,
          timeoutMs: job.timeoutMs,
          dedupeKey: job.dedupeKey,
          createdBy: job.createdBy,
          createdAt: job.createdAt,
          runAt: job.runAt,
        }),
    ),
    /** `run`: the one that is over. Without it a second retry of the same run would go through when a third has ended. */
    requeued: write<Pick<JobRow, "id" | "run" | "runAt" | "maxAttempts" | "priority">>(
      (db, job) =>
        db.updateTable("jobs")
          .set((eb) => ({
            status: "queued",
            run: eb("run", "+", 1),
            attempts: 0,
            crashes: 0,
            runAt: job.runAt,
            maxAttempts: job.maxAttempts,
            priority: job.priority,
            startedAt: null,
            finishedAt: null,
            progress: null,
            result: null,
            error: null,
            lastError: null,
          }))
          .where("tenant", "=", job.tenant).where("id", "=", job.id).where("run", "=", job.run)
          .where("status", "in", ["succeeded", "failed", "cancelled"]),
      { whenUnchanged: "conflict" },
    ),
    started: write<{ id: string; attempt: number; startedAt: number }>(
      (db, job) =>
        db.updateTable("jobs")
          .set({ status: "running", attempts: job.attempt, startedAt: job.startedAt })
          .where("tenant", "=", job.tenant).where("id", "=", job.id).where("status", "=", "queued"),
    ),
    progressed: write<{ id: string; progress: string }>(
      (db, job) =>
        db.updateTable("jobs").set({ progress: job.progress })
          .where("tenant", "=", job.tenant).where("id", "=", job.id).where("status", "in", ["queued", "running"]),
    ),
    retrying: write<{ id: string; attempts: number; runAt: number; lastError: string | null }>(
      (db, job) =>
        db.updateTable("jobs")
          .set((eb) => ({
            status: "queued",
            attempts: job.attempts,
            runAt: job.runAt,
            lastError: eb.fn.coalesce(eb.val(job.lastError), "lastError"),
          }))
          .where("tenant", "=", job.tenant).where("id", "=", job.id),
      { whenUnchanged: "conflict" },
    ),
    finished: write<
      Pick<JobRow, "id" | "status" | "attempts" | "crashes" | "result" | "error"> & {
        startedAt: number | null;
        finishedAt: number;
      }
    >(
      (db, job) =>
        db.updateTable("jobs")
          .set((eb) => ({
            status: job.status,
            attempts: job.attempts,
            crashes: job.crashes,
            startedAt: eb.fn.coalesce(eb.val(job.startedAt), "startedAt"),
            finishedAt: job.finishedAt,
            result: job.result,
            error: job.error,
          }))
          .where("tenant", "=", job.tenant).where("id", "=", job.id),
      { whenUnchanged: "conflict" },
    ),
    /** A failed job goes for good, and with it what the two that follow remove. */
    discarded: write<{ id: string }>(
      (db, { tenant, id }) =>
        db.deleteFrom("jobs").where("tenant", "=", tenant).where("id", "=", id).where("status", "=", "failed"),
      { whenUnchanged: "conflict" },
    ),
    attemptsDiscarded: write<{ id: string }>(
      (db, { tenant, id }) => db.deleteFrom("attempts").where("tenant", "=", tenant).where("jobId", "=", id),
    ),
    inputDiscarded: write<{ id: string }>(
      (db, { tenant, id }) => db.deleteFrom("jobInputs").where("tenant", "=", tenant).where("jobId", "=", id),
    ),
    given: write<{ jobId: string; blob: string }>((db, { tenant, jobId, blob }) =>
      db.insertInto("jobInputs").values({ tenant, jobId, blob })
    ),
    attempted: write<Omit<AttemptRow, "tenant" | "run">>(
      (db, attempt) =>
        db.insertInto("attempts")
          .columns(["tenant", "jobId", "run", "attempt", "startedAt", "finishedAt", "outcome", "error", "lines"])
          .expression((eb) =>
            eb.selectFrom("jobs").where("tenant", "=", attempt.tenant).where("id", "=", attempt.jobId).select((row) => [
              "tenant",
              "id",
              "run",
              row.val(attempt.attempt).as("attempt"),
              row.val(attempt.startedAt).as("startedAt"),
              row.val(attempt.finishedAt).as("finishedAt"),
              row.val(attempt.outcome).as("outcome"),
              row.val(attempt.error).as("error"),
              row.val(attempt.lines).as("lines"),
            ])
          )
          .onConflict((conflict) =>
            conflict.columns(["tenant", "jobId", "run", "attempt"]).doUpdateSet((eb) => ({
              startedAt: eb.ref("excluded.startedAt"),
              finishedAt: eb.ref("excluded.finishedAt"),
              outcome: eb.ref("excluded.outcome"),
              error: eb.ref("excluded.error"),
              lines: eb.ref("excluded.lines"),
            }))
          ),
    ),
  }),
  queries: jobQueries,
  holdsBlob: (db, { tenant, id }) =>
    db.selectFrom("jobInputs").select("jobId").where("tenant", "=", tenant).where("blob", "=", id).limit(sql.lit(1)),
  sweeps: ({ sweep }) => [
    sweep(
      "jobs",
      (db, slice) =>
        db.deleteFrom("attempts").where(({ eb, refTuple }) =>
          eb(refTuple("tenant", "jobId"), "in", oldestFinished(db, slice))
        ),
      (db, slice) =>
        db.deleteFrom("jobInputs")
          .where(({ eb, refTuple }) => eb(refTuple("tenant", "jobId"), "in", oldestFinished(db, slice)))
          .returning(["tenant", "blob"]),
      (db, slice) =>
        db.deleteFrom("jobs").where(({ eb, refTuple }) =>
          eb(refTuple("tenant", "id"), "in", oldestFinished(db, slice))
        ),
    ),
  ],
});

/** A job that was sent on a new run has no `finishedAt` until that ends. */
function oldestFinished(db: Kysely<JobsDatabase>, { before, limit }: SweepSlice) {
  return db.selectFrom("jobs").select(["tenant", "id"]).where("finishedAt", "<", before)
    .orderBy("finishedAt").orderBy("tenant").orderBy("id").limit(limit).$asTuple("tenant", "id");
}

type Finish = "startedAt" | "finishedAt" | "progress" | "result" | "error" | "lastError";
