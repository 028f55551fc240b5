import { type Kysely, sql } from "kysely";
import { mailKinds } from "./mail_queries.ts";
import type { JobsDatabase } from "./rows.ts";

/** Unhandled messages of a kind, of jobs or others. */
export interface KindBacklog {
  readonly name: string;
  readonly waiting: number;
}

/** Of each kind of a tenant's that has any, the most first; of each so many are counted and no more, whatever waits. */
export async function backlogByKind(
  db: Kysely<JobsDatabase>,
  { tenant, most }: { readonly tenant: string; readonly most: number },
): Promise<readonly KindBacklog[]> {
  const found = await sql<KindBacklog>`
    select value as name, (
      select cast(count(*) as integer) from (
        select 1 as one from messages where tenant = ${tenant} and kind = kinds.value limit ${most}
      ) as counted
    ) as waiting
    from (${mailKinds(tenant)}) as kinds`.execute(db);
  return [...found.rows].sort((one, other) => other.waiting - one.waiting || (one.name < other.name ? -1 : 1));
}
