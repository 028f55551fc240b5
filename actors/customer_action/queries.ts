import { type Kysely, sql } from "kysely";
import { z } from "zod";
import type { BoundQuery, Declare } from "../authoring.ts";
import { textsIn } from "../storing/text_rows.ts";
import type { ActionDatabase, ActionRow, ChildCounts } from "./rows.ts";

const PAGE_ROWS = 1_000;
const id = z.string();

/** Newest first; `before` is where the page before ended. */
export interface ActionsPage {
  readonly before?: Pick<ActionRow, "createdAt" | "id"> | undefined;
  readonly limit: number;
}

/** With what is known of all its children together, of those that run and that have failed; null where there are none. */
export interface SeenAction extends ActionRow {
  readonly children: ChildCounts | null;
}

/** How many children of a type are in a status. */
export interface StatusCount {
  readonly type: string;
  readonly status: string;
  readonly children: number;
}

/** What can be read of customer actions. */
export type ActionQueries = {
  readonly action: BoundQuery<{ id: string }, ActionRow | null>;
  readonly actions: BoundQuery<ActionsPage, readonly SeenAction[]>;
  /** Those of these ids that there are. */
  readonly known: BoundQuery<{ ids: readonly string[] }, readonly Pick<ActionRow, "id" | "print">[]>;
  readonly children: BoundQuery<{ batchId: string }, readonly StatusCount[]>;
};

export function actionQueries({ query, row }: Declare<ActionDatabase>): ActionQueries {
  return {
    action: row(
      z.object({ id }),
      (db, { tenant, id }) =>
        db.selectFrom("customerActions").selectAll().where("tenant", "=", tenant).where("id", "=", id),
    ),
    actions: query<ActionsPage, readonly SeenAction[]>(
      z.object({
        before: z.object({ createdAt: z.number(), id }).optional(),
        limit: z.int().min(1).max(PAGE_ROWS),
      }),
      actions,
    ),
    known: query<{ ids: readonly string[] }, readonly Pick<ActionRow, "id" | "print">[]>(
      z.object({ ids: z.array(id).max(PAGE_ROWS) }),
      async (db, { tenant, ids }) =>
        ids.length === 0 ? [] : await db.selectFrom("customerActions").select(["id", "print"])
          .where("tenant", "=", tenant).where("id", "in", textsIn(db, JSON.stringify(ids))).execute(),
    ),
    children: query<{ batchId: string }, readonly StatusCount[]>(
      z.object({ batchId: id }),
      async (db, { tenant, batchId }) =>
        await db.selectFrom("jobs").select(({ fn }) => ["type", "status", fn.countAll<number>().as("children")])
          .where("tenant", "=", tenant).where("batchId", "=", batchId).groupBy(["type", "status"]).execute(),
    ),
  };
}

async function actions(
  db: Kysely<ActionDatabase>,
  { tenant, before, limit }: ActionsPage & { tenant: string },
): Promise<readonly SeenAction[]> {
  const page = db.selectFrom("customerActions").selectAll().where("tenant", "=", tenant)
    .orderBy("createdAt", "desc").orderBy("id", "desc").limit(limit);
  const rows =
    await (before === undefined
      ? page
      : page.where(sql<boolean>`(created_at, id) < (${before.createdAt}, ${before.id})`)).execute();
  // Children of one that has failed may have been retried.
  const ids = rows.flatMap(({ batchId, endedAt, status }) =>
    batchId === null || (endedAt !== null && status !== "failed") ? [] : [batchId]
  );
  const batches = ids.length === 0 ? [] : await db.selectFrom("batches")
    .select(["id", "total", "open", "succeeded", "failed", "cancelled"])
    .where("tenant", "=", tenant).where("id", "in", textsIn(db, JSON.stringify(ids))).execute();
  const byId = new Map(batches.map(({ id, ...counts }) => [id, counts]));
  return rows.map((row) => ({ ...row, children: byId.get(row.batchId ?? "") ?? null }));
}
