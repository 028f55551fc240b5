import { z } from "zod";
import type { BoundQuery, Declare } from "../../runtime/authoring.ts";
import { type FailedJobQueries, failedJobQueries } from "./failed_jobs.ts";
import type { AttemptRow, JobRow, JobsDatabase } from "./rows.ts";

const JOB_STATUSES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

/** Which jobs of a tenant, newest first; `before` is the id that the page before ended with. */
export interface JobsPage {
  readonly status?: readonly JobRow["status"][] | undefined;
  readonly type?: string | undefined;
  /** Ms since the epoch, inclusive. */
  readonly createdFrom?: number | undefined;
  /** Ms since the epoch, exclusive. */
  readonly createdUntil?: number | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

/** What can be read of jobs. */
export type JobQueries =
  & FailedJobQueries
  & Readonly<{
    byId: BoundQuery<{ id: string }, JobRow | null>;
    page: BoundQuery<JobsPage, readonly JobRow[]>;
    attempts: BoundQuery<{ id: string }, readonly AttemptRow[]>;
  }>;

export function jobQueries(declare: Declare<JobsDatabase>): JobQueries {
  const { query } = declare;
  return {
    ...failedJobQueries(declare),
    byId: query(
      z.object({ id: z.string() }),
      async (db, { tenant, id }): Promise<JobRow | null> =>
        await db.selectFrom("jobs").selectAll().where("tenant", "=", tenant).where("id", "=", id)
          .executeTakeFirst() ?? null,
    ),
    page: query<JobsPage, readonly JobRow[]>(
      z.object({
        status: z.array(z.enum(JOB_STATUSES)).optional(),
        type: z.string().optional(),
        createdFrom: z.number().optional(),
        createdUntil: z.number().optional(),
        before: z.string().optional(),
        limit: z.number().int(),
      }),
      async (db, { tenant, status, type, createdFrom, createdUntil, before, limit }) => {
        let jobs = db.selectFrom("jobs").selectAll().where("tenant", "=", tenant).orderBy("id", "desc").limit(limit);
        if (status !== undefined) jobs = jobs.where("status", "in", status);
        if (type !== undefined) jobs = jobs.where("type", "=", type);
        if (createdFrom !== undefined) jobs = jobs.where("createdAt", ">=", createdFrom);
        if (createdUntil !== undefined) jobs = jobs.where("createdAt", "<", createdUntil);
        if (before !== undefined) jobs = jobs.where("id", "<", before);
        return await jobs.execute();
      },
    ),
    attempts: query(
      z.object({ id: z.string() }),
      async (db, { tenant, id }): Promise<readonly AttemptRow[]> =>
        await db.selectFrom("attempts").selectAll().where("tenant", "=", tenant).where("jobId", "=", id)
          .orderBy("run").orderBy("attempt").limit(1_000).execute(),
    ),
  };
}
