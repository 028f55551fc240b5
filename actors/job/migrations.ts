import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { engineOf, tableEnd } from "../../runtime/authoring.ts";

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
      .modifyEnd(tableEnd(db, "without rowid"))
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
      .modifyEnd(tableEnd(db, "without rowid"))
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
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createIndex("job_inputs_blob").on("job_inputs").columns(["tenant", "blob"]).execute();
    const blob = engineOf(db) === "postgres"
      ? sql`cast(payload as json) ->> 'blob'`
      : sql`json_extract(payload, '$.blob')`;
    await sql`insert into job_inputs (tenant, job_id, blob)
      select tenant, id, ${blob} from jobs where type = 'import' and ${blob} is not null`.execute(db);
  },
};

/**
 * A job has a record only when there is more to say of it than its message says; until then it is seen through its row in
 * the mailbox, in the view that takes the place of the table.
 */
const recordLater: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("jobs").renameTo("job_records").execute();
    await db.schema.alterTable("attempts").renameTo("job_attempts").execute();
    await sql`update messages set recorded = 1 where exists (select 1 from job_records as record
      where record.tenant = messages.tenant and record.id = messages.key and record.type = messages.kind)`.execute(db);
    await sql`create view jobs as
      select tenant, id, type, status, run, attempts, crashes, max_attempts, priority, payload, timeout_ms, dedupe_key,
        created_by, created_at, run_at, started_at, finished_at, progress, result, error, last_error
      from job_records
      union all
      select tenant, key, kind, 'queued', 1, 0, 0, max_attempts, priority, payload, timeout_ms, dedupe_key,
        sender, enqueued_at, ready_at, null, null, null, null, null, null
      from messages
      where recorded = 1 and not exists
        (select 1 from job_records as record where record.tenant = messages.tenant and record.id = messages.key)
    `.execute(db);
    await sql`create view attempts as
      select tenant, job_id, run, attempt, started_at, finished_at, outcome, error, lines from job_attempts
      union all
      select tenant, id, run, attempts, started_at, finished_at, 'succeeded', null, '[]' from job_records as record
      where status = 'succeeded' and not exists
        (select 1 from job_attempts as written where written.tenant = record.tenant and written.job_id = record.id
          and written.run = record.run and written.attempt = record.attempts)
    `.execute(db);
  },
};

/**
 * One index for every list but the plain one: whatever is asked for, its rows lie together, in the order of the ids. The
 * two that go were never used for a page: SQLite preferred to go through all jobs in the order of the primary key. So that
 * Postgres does not, the order of the ids has another name here than it has there.
 */
const listIndex: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema.dropIndex("jobs_by_status").execute();
    await schema.dropIndex("jobs_by_type").execute();
    const listed = schema.createIndex("jobs_listed").on("job_records");
    await (engineOf(db) === "sqlite"
      ? listed.columns(["tenant", "type", "status", "id"])
      : listed.expression(sql`tenant, type, status, id collate "POSIX"`)).execute();
  },
};

/** Which batch a job is counted in: its record has it from the message, as long as that is there. */
const batchOfJob: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema.alterTable("job_records").addColumn("batch_id", "text").execute();
    const listed = schema.createIndex("jobs_of_batch").on("job_records").where(sql`batch_id`, "is not", null);
    // As with `jobs_listed`, only this index is to have the order that is asked for.
    await (engineOf(db) === "sqlite"
      ? listed.columns(["tenant", "batch_id", "id"])
      : listed.expression(sql`tenant, batch_id, id collate "POSIX"`)).execute();
    await sql`drop view jobs`.execute(db);
    await sql`create view jobs as
      select tenant, id, type, status, run, attempts, crashes, max_attempts, priority, payload, timeout_ms, dedupe_key,
        batch_id, created_by, created_at, run_at, started_at, finished_at, progress, result, error, last_error
      from job_records
      union all
      select tenant, key, kind, 'queued', 1, 0, 0, max_attempts, priority, payload, timeout_ms, dedupe_key,
        batch, sender, enqueued_at, ready_at, null, null, null, null, null, null
      from messages
      where recorded = 1 and not exists
        (select 1 from job_records as record where record.tenant = messages.tenant and record.id = messages.key)
    `.execute(db);
  },
};

/** Retention goes by tenant, as each may have a time of its own; the index also counts what a tenant keeps. */
const keptByTenant: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.dropIndex("jobs_finished").execute();
    await schema.createIndex("jobs_ended").on("job_records").columns(["tenant", "finished_at", "id"])
      .where(sql`finished_at`, "is not", null).execute();
  },
};

/** By name, in order. */
export const jobMigrations: Readonly<Record<string, Migration>> = {
  "2026-11-22-jobs": createJobs,
  "2026-11-22-jobs-failed": failedJobs,
  "2026-11-23-job-retention": addRetention,
  "2026-11-25-job-records": recordLater,
  "2026-11-26-job-lists": listIndex,
  "2026-11-30-job-batches": batchOfJob,
  "2026-12-22-job-kept-by-tenant": keptByTenant,
};
