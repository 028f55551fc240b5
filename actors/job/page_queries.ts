import { type Kysely, type RawBuilder, sql } from "kysely";
import { engineOf, type RowQuery } from "../../runtime/authoring.ts";
import { type IdRange, idRanges } from "./id_ranges.ts";
import type { PageOfTenant } from "./jobs_page.ts";
import { leaps } from "./leap_queries.ts";
import { mailKinds, mailOf, newestFirst } from "./mail_queries.ts";
import type { JobRow, JobsDatabase, ListedJob } from "./rows.ts";

const JOB_STATUSES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

/** All but the payload. */
const LISTED = [
  "tenant",
  "id",
  "type",
  "status",
  "run",
  "attempts",
  "crashes",
  "maxAttempts",
  "priority",
  "timeoutMs",
  "dedupeKey",
  "batchId",
  "createdBy",
  "createdAt",
  "runAt",
  "startedAt",
  "finishedAt",
  "progress",
  "result",
  "error",
  "lastError",
] as const;
/** What a mailbox tells of a job, in the order of {@linkcode RECORD}. */
const MAIL = sql.raw(
  `tenant, key as id, kind as type, 'queued' as status, 1 as run, 0 as attempts, 0 as crashes, max_attempts,
  priority, payload, timeout_ms, dedupe_key, batch as batch_id, sender as created_by, enqueued_at as created_at, ready_at as run_at,
  null as started_at, null as finished_at, null as progress, null as result, null as error, null as last_error`,
);
const RECORD = sql.raw(`tenant, id, type, status, run, attempts, crashes, max_attempts, priority, payload, timeout_ms,
  dedupe_key, batch_id, created_by, created_at, run_at, started_at, finished_at, progress, result, error, last_error`);

/** One job, by its record or by what the mailbox tells of it; one statement, so that none is missed between the two. */
export function jobById(db: Kysely<JobsDatabase>, { tenant, id }: JobName): RowQuery<JobRow> {
  const job = sql<JobRow>`(
    select ${RECORD} from job_records where tenant = ${tenant} and id = ${id}
    union all
    select ${MAIL} from messages
    where tenant = ${tenant} and kind in (${mailKinds(tenant)}) and key = ${id} and recorded = 1
  )`;
  return db.selectFrom(job.as("job")).selectAll().limit(sql.lit(1));
}

/**
 * A page of a tenant's jobs. Those with a record and those that are only mail lie in two tables, each in the order of the
 * ids; the page is what comes first of both. Mail is read before
 * records: a job that ends in between has left the one for the other.
 */
export async function jobsPage(db: Kysely<JobsDatabase>, page: PageOfTenant): Promise<readonly ListedJob[]> {
  const { status, limit } = page;
  const waiting: ListedJob[] = [];
  let from = page.before;
  for (;;) {
    const mail = status === undefined || status.includes("queued") ? await mailOf(db, { ...page, before: from }) : [];
    const recorded = new Set(await idsWithRecord(db, page.tenant, mail.map(({ id }) => id)));
    waiting.push(...mail.filter(({ id }) => !recorded.has(id)));
    const jobs = merged(await recordsOf(db, page), waiting);
    if (mail.length < limit) return jobs.slice(0, limit);
    // There may be more mail below the last of a full slice, so only what comes before it is known to be complete.
    const last = from = mail.at(-1)!.id;
    const complete = jobs.filter(({ id }) => id >= last);
    if (complete.length >= limit) return complete.slice(0, limit);
  }
}

type JobName = Pick<JobRow, "tenant" | "id">;

/** Records that the page may show, its `limit` newest. */
async function recordsOf(db: Kysely<JobsDatabase>, page: PageOfTenant): Promise<ListedJob[]> {
  const ids = await recordIds(db, page);
  if (ids.length === 0) return [];
  return await db.selectFrom("jobRecords").select(LISTED).where("tenant", "=", page.tenant).where("id", "in", ids)
    .orderBy("id", "desc").execute();
}

/** The primary key has the order of all of them, `jobs_listed` that of each type and status. */
async function recordIds(db: Kysely<JobsDatabase>, page: PageOfTenant): Promise<string[]> {
  const { tenant, type, status, batchId, limit } = page;
  const ids: string[] = [];
  if (batchId !== undefined) {
    const listed = alongBatch(db, { ...page, batchId });
    ids.push(...await newestIds(db, idRanges(page).map((range) => slice(listed, range, page)), limit));
  } else if (type === undefined && status === undefined) {
    const all: Along = { from: sql`job_records where tenant = ${tenant}`, id: sql`id` };
    ids.push(...await newestIds(db, idRanges(page).map((range) => slice(all, range, page)), limit));
  } else {
    for (const one of type === undefined ? await recordedTypes(db, tenant) : [type]) {
      const slices = (status ?? JOB_STATUSES).flatMap((status) => {
        const listed = alongListed(db, { tenant, type: one, status });
        return idRanges(page).map((range) => slice(listed, range, page));
      });
      ids.push(...await newestIds(db, slices, limit));
    }
  }
  return ids.sort().reverse().slice(0, limit);
}

/** How records are read along an index in the order of their ids. */
interface Along {
  /** With a condition. */
  readonly from: RawBuilder<unknown>;
  /** By which the index orders them. */
  readonly id: RawBuilder<unknown>;
}

/**
 * The records of a type and status along `jobs_listed`. No database may choose the primary key for it, whose jobs may all be
 * of another status: SQLite is told so, and on Postgres only that index has the order that is asked for, see its migration.
 */
function alongListed(
  db: Kysely<JobsDatabase>,
  { tenant, type, status }: Pick<JobRow, "tenant" | "type" | "status">,
): Along {
  const isSqlite = engineOf(db) === "sqlite";
  const indexed = isSqlite ? sql` indexed by jobs_listed` : sql``;
  return {
    from: sql`job_records${indexed}
          where tenant = ${tenant} and type = ${type} and status = ${status}`,
    id: isSqlite ? sql`id` : sql`id collate "POSIX"`,
  };
}

/** The records of a batch along `jobs_of_batch`, as a batch is for a few types and most of one status. */
function alongBatch(
  db: Kysely<JobsDatabase>,
  { tenant, batchId, type, status }: PageOfTenant & { readonly batchId: string },
): Along {
  const isSqlite = engineOf(db) === "sqlite";
  const bounds = [
    sql`job_records${
      isSqlite ? sql` indexed by jobs_of_batch` : sql``
    } where tenant = ${tenant} and batch_id = ${batchId}`,
    ...(type === undefined ? [] : [sql`and type = ${type}`]),
    ...(status === undefined ? [] : [sql`and status in (${sql.join(status)})`]),
  ];
  return { from: sql.join(bounds, sql` `), id: isSqlite ? sql`id` : sql`id collate "POSIX"` };
}

/** The newest ids of a range. */
function slice(
  { from, id }: Along,
  range: IdRange,
  { createdFrom, createdUntil, before, limit }: PageOfTenant,
): RawBuilder<unknown> {
  const bounds = [
    ...(range.from === undefined ? [] : [sql`and ${id} >= ${range.from}`]),
    ...(range.until === undefined ? [] : [sql`and ${id} < ${range.until}`]),
    ...(before === undefined ? [] : [sql`and ${id} < ${before}`]),
    ...(createdFrom === undefined ? [] : [sql`and created_at >= ${createdFrom}`]),
    ...(createdUntil === undefined ? [] : [sql`and created_at < ${createdUntil}`]),
  ];
  return sql`select id from (select id from ${from} ${
    sql.join(bounds, sql` `)
  } order by ${id} desc limit ${limit}) as newest`;
}

async function newestIds(
  db: Kysely<JobsDatabase>,
  slices: readonly RawBuilder<unknown>[],
  limit: number,
): Promise<string[]> {
  const found = await sql<{ id: string }>`${sql.join(slices, sql` union all `)} order by id desc limit ${limit}`
    .execute(db);
  return found.rows.map(({ id }) => id);
}

async function recordedTypes(db: Kysely<JobsDatabase>, tenant: string): Promise<string[]> {
  const found = await sql<{ value: string }>`${
    leaps(
      { table: engineOf(db) === "sqlite" ? "job_records indexed by jobs_listed" : "job_records", column: "type" },
      tenant,
    )
  }`.execute(db);
  return found.rows.map(({ value }) => value);
}

async function idsWithRecord(db: Kysely<JobsDatabase>, tenant: string, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const found = await db.selectFrom("jobRecords").select("id").where("tenant", "=", tenant).where("id", "in", ids)
    .execute();
  return found.map(({ id }) => id);
}

/** Newest first; a job that got its record while this was read is shown by that. */
function merged(records: readonly ListedJob[], waiting: readonly ListedJob[]): ListedJob[] {
  const ids = new Set(records.map(({ id }) => id));
  return [...records, ...waiting.filter(({ id }) => !ids.has(id))].sort(newestFirst);
}
