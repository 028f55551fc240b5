import type { Kysely } from "kysely";
import { z } from "zod";
import type { AuditDatabase, AuditRow } from "./audit_rows.ts";

/** Where a row lies among the others of its tenant. */
export type AuditPlace = Pick<AuditRow, "at" | "id">;

/** Which rows of a tenant, newest first; `before` is where the page before ended. */
export interface AuditPage {
  readonly by?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  /** Ms since the epoch, inclusive. */
  readonly from?: number | undefined;
  /** Ms since the epoch, exclusive. */
  readonly to?: number | undefined;
  readonly before?: AuditPlace | undefined;
  readonly limit: number;
}

/** `lookedTo`: fewer than were asked for, but what lies before that row has not been looked at. */
export interface AuditSlice {
  readonly rows: readonly Omit<AuditRow, "tenant">[];
  readonly lookedTo: AuditPlace | null;
}

/** Rows that a page looks at: who looks for something rare goes on page by page, and no question takes long. */
const MOST_LOOKED_AT = 10_000;

const place = z.object({ at: z.number(), id: z.number() });

export const auditPage: z.ZodType<AuditPage> = z.object({
  by: z.string().optional(),
  action: z.string().optional(),
  subject: z.string().optional(),
  from: z.number().optional(),
  to: z.number().optional(),
  before: place.optional(),
  limit: z.number(),
});

/** By the index of tenant and time; only that is looked at where the other filters let a row go. */
export async function auditSlice(
  db: Kysely<AuditDatabase>,
  { tenant, by, action, subject, from, to, before, limit }: AuditPage & { readonly tenant: string },
): Promise<AuditSlice> {
  let within = db.selectFrom("audit").where("tenant", "=", tenant).orderBy("at", "desc").orderBy("id", "desc");
  if (from !== undefined) within = within.where("at", ">=", from);
  if (to !== undefined) within = within.where("at", "<", to);
  if (before !== undefined) {
    within = within.where(({ eb, refTuple, tuple }) => eb(refTuple("at", "id"), "<", tuple(before.at, before.id)));
  }
  const wanted = Object.entries({ by, action, subject }).filter(([, value]) => value !== undefined);
  const edge = wanted.length === 0
    ? undefined
    : await within.select(["at", "id"]).offset(MOST_LOOKED_AT - 1).limit(1).executeTakeFirst();
  let matching = within.select(["id", "at", "by", "role", "action", "subject", "address", "requestId"]).limit(limit);
  if (edge !== undefined) {
    matching = matching.where(({ eb, refTuple, tuple }) => eb(refTuple("at", "id"), ">=", tuple(edge.at, edge.id)));
  }
  for (const [name, value] of wanted) matching = matching.where(name as "by", "=", value!);
  const rows = await matching.execute();
  return { rows, lookedTo: edge !== undefined && rows.length < limit ? edge : null };
}
