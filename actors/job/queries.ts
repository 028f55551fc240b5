import { type Kysely, sql } from "kysely";
import { z } from "zod";
import type { BoundQuery, Declare } from "../../runtime/authoring.ts";
import { backlogByKind, type KindBacklog } from "./backlog_queries.ts";
import type { JobsPage } from "./jobs_page.ts";
import { jobById, jobsPage } from "./page_queries.ts";
import { type Stored, storedOf } from "./stored_queries.ts";
import type { AttemptRow, FailedJobRow, JobRow, JobsDatabase, ListedJob } from "./rows.ts";

const JOB_STATUSES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

/** Which failed jobs of a tenant, the one that failed last first; `before` is where the page before ended. */
export interface FailedJobsPage {
  readonly type?: string | undefined;
  readonly before?: { readonly finishedAt: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** What can be read of jobs. */
export type JobQueries = Readonly<{
  byId: BoundQuery<{ id: string }, JobRow | null>;
  page: BoundQuery<JobsPage, readonly ListedJob[]>;
  attempts: BoundQuery<{ id: string }, readonly AttemptRow[]>;
  failed: BoundQuery<FailedJobsPage, readonly FailedJobRow[]>;
  failedById: BoundQuery<{ id: string }, FailedJobRow | null>;
  /** The blob that was given to the job. */
  input: BoundQuery<{ id: string }, string | null>;
  /** Unhandled messages by kind, those of other actors too; of each at most so many are counted. */
  backlog: BoundQuery<{ most: number }, readonly KindBacklog[]>;
  stored: BoundQuery<{ most: number }, Stored>;
}>;

export function jobQueries({ query, row }: Declare<JobsDatabase>): JobQueries {
  return {
    byId: row(z.object({ id: z.string() }), jobById),
    page: query<JobsPage, readonly ListedJob[]>(
      z.object({
        status: z.array(z.enum(JOB_STATUSES)).optional(),
        type: z.string().optional(),
        batchId: z.string().optional(),
        createdFrom: z.number().optional(),
        createdUntil: z.number().optional(),
        before: z.string().optional(),
        limit: z.number().int(),
      }),
      jobsPage,
    ),
    attempts: query(
      z.object({ id: z.string() }),
      async (db, { tenant, id }): Promise<readonly AttemptRow[]> =>
        await db.selectFrom("attempts").selectAll().where("tenant", "=", tenant).where("jobId", "=", id)
          .orderBy("run").orderBy("attempt").limit(1_000).execute(),
    ),
    failed: query<FailedJobsPage, readonly FailedJobRow[]>(
      z.object({
        type: z.string().optional(),
        before: z.object({ finishedAt: z.number(), id: z.string() }).optional(),
        limit: z.number().int(),
      }),
      async (db, { tenant, type, before, limit }) => {
        let jobs = failedJobs(db, tenant).orderBy("finishedAt", "desc").orderBy("id", "desc").limit(limit);
        if (type !== undefined) jobs = jobs.where("type", "=", type);
        if (before !== undefined) {
          const { finishedAt, id } = before;
          jobs = jobs.where((eb) => eb(eb.refTuple("finishedAt", "id"), "<", eb.tuple(finishedAt, id)));
        }
        return await jobs.execute();
      },
    ),
    failedById: query(
      z.object({ id: z.string() }),
      async (db, { tenant, id }): Promise<FailedJobRow | null> =>
        await failedJobs(db, tenant).where("id", "=", id).executeTakeFirst() ?? null,
    ),
    input: query(
      z.object({ id: z.string() }),
      async (db, { tenant, id }): Promise<string | null> =>
        (await db.selectFrom("jobInputs").select("blob").where("tenant", "=", tenant).where("jobId", "=", id)
          .executeTakeFirst())?.blob ?? null,
    ),
    backlog: query(z.object({ most: z.int().min(1) }), backlogByKind),
    stored: query(z.object({ most: z.int().min(1) }), storedOf),
  };
}

/** The status stands in the statement itself, where the partial indexes of failed jobs can be told to hold. */
// deno-lint-ignore explicit-function-return-type -- Kysely's own, with what is selected
function failedJobs(db: Kysely<JobsDatabase>, tenant: string) {
  return db.selectFrom("jobRecords").selectAll()
    .select((eb) =>
      eb.selectFrom("jobAttempts").select("jobAttempts.error")
        .whereRef("jobAttempts.tenant", "=", "jobRecords.tenant").whereRef("jobAttempts.jobId", "=", "jobRecords.id")
        .whereRef("jobAttempts.run", "=", "jobRecords.run")
        .whereRef("jobAttempts.attempt", "=", "jobRecords.attempts")
        .as("lastAttempt")
    )
    .where("tenant", "=", tenant).where("status", "=", sql.lit("failed")).$narrowType<
    { finishedAt: number; error: string }
  >();
}
