import { type Kysely, sql } from "kysely";
import type { JobsDatabase } from "./rows.ts";

/** What a tenant keeps. */
export interface Stored {
  /** Finished jobs. */
  readonly jobs: number;
  /** Of files that were uploaded or made. */
  readonly bytes: number;
}

/** Of each so many are counted and no more, whatever is kept; of the jobs by their index alone. */
export async function storedOf(
  db: Kysely<JobsDatabase>,
  { tenant, most }: { readonly tenant: string; readonly most: number },
): Promise<Stored> {
  const { rows: [row] } = await sql<Stored>`select
    (select cast(count(*) as bigint) from (
      select 1 as one from job_records where tenant = ${tenant} and finished_at is not null limit ${most}
    ) as counted) as jobs,
    (select cast(coalesce(sum(size_bytes), 0) as bigint) from (
      select size_bytes from blobs where tenant = ${tenant} and done = 1 limit ${most}
    ) as measured) as bytes`.execute(db);
  return { jobs: Number(row!.jobs), bytes: Number(row!.bytes) };
}
