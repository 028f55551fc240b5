import { type Kysely, type SelectQueryBuilder, sql } from "kysely";
import { z } from "zod";
import type { BoundQuery, Declare } from "../authoring.ts";
import type { ImportDatabase } from "../import/rows.ts";
import type { JobsDatabase } from "../job/rows.ts";
import type { Span } from "./schemas.ts";

export type ReportDatabase = JobsDatabase & ImportDatabase;

const HOUR_MS = 60 * 60 * 1_000;
const MOST_FAILURES = 20;

/** A span, and the job that asks: it is not part of its own report. */
export interface ReportArgs extends Span {
  readonly asker: string;
}

export interface StatusCounts {
  readonly type: string;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly queued: number;
  readonly running: number;
}

/** Percentiles are exact: the smallest duration that at least so many of a hundred do not exceed. */
export interface Durations {
  readonly type: string;
  readonly p50: number;
  readonly p95: number;
}

/** `error` is JSON text of `{ code, message }`. */
export interface Failure {
  readonly error: string;
  readonly count: number;
}

/** `hour` is where it begins, in ms since the epoch. Hours without jobs are left out. */
export interface HourCounts {
  readonly hour: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** What a report is made of, summed up by the database. */
export type ReportQueries = {
  readonly statusCounts: BoundQuery<ReportArgs, readonly StatusCounts[]>;
  readonly durations: BoundQuery<ReportArgs, readonly Durations[]>;
  readonly failures: BoundQuery<ReportArgs, readonly Failure[]>;
  readonly hours: BoundQuery<ReportArgs, readonly HourCounts[]>;
  readonly rowsImported: BoundQuery<ReportArgs, number>;
  readonly rowsRejected: BoundQuery<ReportArgs, number>;
};

const schema = z.object({ from: z.number(), until: z.number(), asker: z.string() });

export function reportQueries({ query }: Declare<ReportDatabase>): ReportQueries {
  return {
    statusCounts: query(schema, async (db, args) =>
      await jobsOf(db, args)
        .select(({ fn }) => [
          "type",
          fn.countAll<number>().as("total"),
          fn.countAll<number>().filterWhere("status", "=", "succeeded").as("succeeded"),
          fn.countAll<number>().filterWhere("status", "=", "failed").as("failed"),
          fn.countAll<number>().filterWhere("status", "=", "cancelled").as("cancelled"),
          fn.countAll<number>().filterWhere("status", "=", "queued").as("queued"),
          fn.countAll<number>().filterWhere("status", "=", "running").as("running"),
        ])
        .groupBy("type").orderBy("type").execute()),
    durations: query(schema, async (db, args) =>
      await db
        .with("ranked", (inner) =>
          jobsOf(inner, args)
            .where("finishedAt", "is not", null).where("startedAt", "is not", null)
            .select(({ eb, fn }) => [
              "type",
              eb("finishedAt", "-", eb.ref("startedAt")).as("duration"),
              fn.countAll<number>().over((over) => over.partitionBy("type")).as("ended"),
              fn.agg<number>("row_number").over((over) =>
                over.partitionBy("type").orderBy(eb("finishedAt", "-", eb.ref("startedAt")))
              ).as("place"),
            ]))
        .selectFrom("ranked")
        .select(({ eb, fn }) => [
          "type",
          fn.min<number>("duration").filterWhere(eb("place", "*", 100), ">=", eb("ended", "*", 50)).as("p50"),
          fn.min<number>("duration").filterWhere(eb("place", "*", 100), ">=", eb("ended", "*", 95)).as("p95"),
        ])
        .groupBy("type").orderBy("type").execute()),
    failures: query(schema, async (db, args) =>
      await jobsOf(db, args)
        .where("status", "=", "failed").where("error", "is not", null)
        .select(({ fn }) => ["error", fn.countAll<number>().as("count")]).$narrowType<{ error: string }>()
        .groupBy("error").orderBy("count", "desc").orderBy("error").limit(MOST_FAILURES).execute()),
    hours: query(schema, async (db, args) =>
      await jobsOf(db, args)
        .select(({ fn, ref }) => [
          sql<number>`${ref("createdAt")} - ${ref("createdAt")} % ${sql.lit(HOUR_MS)}`.as("hour"),
          fn.countAll<number>().filterWhere("status", "=", "succeeded").as("succeeded"),
          fn.countAll<number>().filterWhere("status", "=", "failed").as("failed"),
        ])
        .groupBy("hour").orderBy("hour").execute()),
    rowsImported: query(
      schema,
      async (db, { tenant, from, until }) =>
        (await db.selectFrom("imports").select(({ fn }) => fn.countAll<number>().as("rows"))
          .where("tenant", "=", tenant).where("updatedAt", ">=", from).where("updatedAt", "<", until)
          .executeTakeFirstOrThrow()).rows,
    ),
    rowsRejected: query(
      schema,
      async (db, { tenant, from, until }) =>
        (await db.selectFrom("importRejects").select(({ fn }) => fn.countAll<number>().as("rows"))
          .where("tenant", "=", tenant).where("rejectedAt", ">=", from).where("rejectedAt", "<", until)
          .executeTakeFirstOrThrow()).rows,
    ),
  };
}

/** The jobs that a report is about. */
function jobsOf(
  db: Pick<Kysely<ReportDatabase>, "selectFrom">,
  { tenant, from, until, asker }: ReportArgs & { tenant: string },
): SelectQueryBuilder<ReportDatabase, "jobs", object> {
  return db.selectFrom("jobs")
    .where("tenant", "=", tenant)
    .where("createdAt", ">=", from).where("createdAt", "<", until)
    .where("id", "!=", asker);
}
