import { type Kysely, type RawBuilder, sql } from "kysely";
import { type IdRange, idRanges } from "./id_ranges.ts";
import type { PageOfTenant } from "./jobs_page.ts";
import { leaps } from "./leap_queries.ts";
import type { JobsDatabase, ListedJob, MailRow } from "./rows.ts";

type ListedMail = Omit<MailRow, "payload" | "crashes" | "recorded">;

const LISTED_MAIL = [
  "tenant",
  "kind",
  "key",
  "maxAttempts",
  "priority",
  "timeoutMs",
  "dedupeKey",
  "batch",
  "sender",
  "enqueuedAt",
  "readyAt",
] as const;

/** Jobs in the mailbox, whether they have a record or not: the `limit` newest of all types together. */
export async function mailOf(db: Kysely<JobsDatabase>, page: PageOfTenant): Promise<ListedJob[]> {
  const mail: ListedMail[] = [];
  if (page.batchId !== undefined) {
    for (const range of idRanges(page)) mail.push(...await mailInRange(db, page, range));
    return mail.map(jobOf).sort(newestFirst).slice(0, page.limit);
  }
  const types = await waitingTypes(db, page.tenant);
  for (const type of types.filter((type) => type === (page.type ?? type))) {
    mail.push(...await mailOfType(db, page, type));
  }
  return mail.map(jobOf).sort(newestFirst).slice(0, page.limit);
}

async function mailOfType(db: Kysely<JobsDatabase>, page: PageOfTenant, type: string): Promise<ListedMail[]> {
  const found: ListedMail[] = [];
  for (const range of idRanges(page)) found.push(...await mailInRange(db, page, { type, ...range }));
  return found;
}

async function mailInRange(
  db: Kysely<JobsDatabase>,
  { tenant, batchId, createdFrom, createdUntil, before, limit, ...page }: PageOfTenant,
  { type = page.type, from, until }: IdRange & { readonly type?: string },
): Promise<ListedMail[]> {
  let mail = db.selectFrom("messages").select(LISTED_MAIL).where("tenant", "=", tenant)
    .where("recorded", "=", 1).orderBy("key", "desc").limit(limit);
  if (type !== undefined) mail = mail.where("kind", "=", type);
  if (batchId !== undefined) mail = mail.where("batch", "=", batchId);
  if (from !== undefined) mail = mail.where("key", ">=", from);
  if (until !== undefined) mail = mail.where("key", "<", until);
  if (before !== undefined) mail = mail.where("key", "<", before);
  if (createdFrom !== undefined) mail = mail.where("enqueuedAt", ">=", createdFrom);
  if (createdUntil !== undefined) mail = mail.where("enqueuedAt", "<", createdUntil);
  return await mail.execute();
}

/** The job types of which a tenant has mail, found by leaps along the primary key: a seek for each, whatever waits. */
async function waitingTypes(db: Kysely<JobsDatabase>, tenant: string): Promise<string[]> {
  const found = await sql<{ kind: string; recorded: number }>`
    select value as kind,
      (select recorded from messages where tenant = ${tenant} and kind = kinds.value order by key limit 1) as recorded
    from (${mailKinds(tenant)}) as kinds`.execute(db);
  return found.rows.filter(({ recorded }) => recorded === 1).map(({ kind }) => kind);
}

/** The kinds of which a tenant has mail. */
export function mailKinds(tenant: string): RawBuilder<unknown> {
  return leaps({ table: "messages", column: "kind" }, tenant);
}

/** What there is to know of a job of which only its message tells. */
function jobOf(mail: ListedMail): ListedJob {
  return {
    tenant: mail.tenant,
    id: mail.key,
    type: mail.kind,
    status: "queued",
    run: 1,
    attempts: 0,
    crashes: 0,
    maxAttempts: mail.maxAttempts,
    priority: mail.priority,
    timeoutMs: mail.timeoutMs,
    dedupeKey: mail.dedupeKey,
    batchId: mail.batch,
    createdBy: mail.sender,
    createdAt: mail.enqueuedAt,
    runAt: mail.readyAt,
    startedAt: null,
    finishedAt: null,
    progress: null,
    result: null,
    error: null,
    lastError: null,
  };
}

export function newestFirst(one: ListedJob, other: ListedJob): number {
  return one.id < other.id ? 1 : -1;
}
