import { type Kysely, sql } from "kysely";
import { z } from "zod";
import type { BoundQuery, Declare } from "../../runtime/authoring.ts";
import type { JobRow, JobsDatabase } from "./rows.ts";

/** A job that was given up. `lastAttempt` is the error of its last attempt, with the stack, as JSON text. */
export interface FailedJobRow extends JobRow {
  readonly finishedAt: number;
  readonly error: string;
  readonly lastAttempt: string | null;
}

/** Which failed jobs of a tenant, the one that failed last first; `before` is where the page before ended. */
export interface FailedJobsPage {
  readonly type?: string | undefined;
  readonly before?: { readonly finishedAt: number; readonly id: string } | undefined;
  readonly limit: number;
}

export type FailedJobQueries = Readonly<{
  failed: BoundQuery<FailedJobsPage, readonly FailedJobRow[]>;
  failedById: BoundQuery<{ id: string }, FailedJobRow | null>;
}>;

export function failedJobQueries({ query }: Declare<JobsDatabase>): FailedJobQueries {
  return {
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
  };
}

/** The status stands in the statement itself, where the partial indexes of failed jobs can be told to hold. */
// deno-lint-ignore explicit-function-return-type -- Kysely's own, with what is selected
function failedJobs(db: Kysely<JobsDatabase>, tenant: string) {
  return db.selectFrom("jobs").selectAll()
    .select((eb) =>
      eb.selectFrom("attempts").select("attempts.error")
        .whereRef("attempts.tenant", "=", "jobs.tenant").whereRef("attempts.jobId", "=", "jobs.id")
        .whereRef("attempts.run", "=", "jobs.run").whereRef("attempts.attempt", "=", "jobs.attempts")
        .as("lastAttempt")
    )
    .where("tenant", "=", tenant).where("status", "=", sql.lit("failed")).$narrowType<
    { finishedAt: number; error: string }
  >();
}
