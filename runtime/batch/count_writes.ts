import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { BatchesDatabase, BatchRow } from "./rows.ts";

export type Begun =
  & Pick<
    BatchRow,
    "id" | "name" | "message" | "parentKind" | "parentKey" | "parentBatch" | "by" | "onAllDone" | "onAnyFailed"
  >
  & {
    readonly children: number;
    readonly sealed: number;
    /** Ms since the epoch, as text: it is not added up. */
    readonly at: string;
  };

/** What is added to a batch; `firstFailure` is taken where there is none yet. */
export type Counted = Pick<BatchRow, "id" | "total" | "open" | "succeeded" | "failed" | "cancelled" | "firstFailure">;

/** Children of one commit that join the same batch come as one row: numbers are added up, so `sealed` may be above 1. */
// deno-lint-ignore explicit-module-boundary-types explicit-function-return-type -- Kysely's own
export function begun(db: Kysely<BatchesDatabase>, rows: readonly (Begun & { readonly tenant: string })[]) {
  return db.insertInto("batches").values(rows.map((row) => ({
    tenant: row.tenant,
    id: row.id,
    name: row.name,
    message: row.message,
    parentKind: row.parentKind,
    parentKey: row.parentKey,
    parentBatch: row.parentBatch,
    by: row.by,
    onAllDone: row.onAllDone,
    onAnyFailed: row.onAnyFailed,
    total: row.children,
    open: row.children,
    succeeded: sql.lit(0),
    failed: sql.lit(0),
    cancelled: sql.lit(0),
    sealed: sql<number>`case when cast(${row.sealed} as bigint) > 0 then 1 else 0 end`,
    firstFailure: sql.lit(null),
    failedTold: sql.lit(0),
    doneTold: sql.lit(0),
    cancelWishedBy: (eb: ExpressionBuilder<BatchesDatabase, "batches">) =>
      eb.selectFrom("batches as around").select("around.cancelWishedBy")
        .where("around.tenant", "=", row.tenant).where("around.id", "=", row.parentBatch),
    createdAt: sql<number>`cast(${row.at} as bigint)`,
    endedAt: sql.lit(null),
  }))).onConflict((conflict) =>
    conflict.columns(["tenant", "id"]).doUpdateSet((eb) => ({
      total: eb("batches.total", "+", eb.ref("excluded.total")),
      open: eb("batches.open", "+", eb.ref("excluded.open")),
      onAllDone: eb.fn.coalesce("batches.onAllDone", "excluded.onAllDone"),
      onAnyFailed: eb.fn.coalesce("batches.onAnyFailed", "excluded.onAnyFailed"),
    }))
  );
}

/**
 * Adds to rows that are there. As an upsert, since that finds its row by the primary key whatever the database believes of
 * the table, and adds to what another node has just written; rows that are not there are left out before.
 */
// deno-lint-ignore explicit-module-boundary-types explicit-function-return-type -- Kysely's own
export function counted(db: Kysely<BatchesDatabase>, rows: readonly (Counted & { readonly tenant: string })[]) {
  const type = (of: "bigint" | "text") => (value: unknown) => sql`cast(${value} as ${sql.raw(of)})`;
  const [number, text] = [type("bigint"), type("text")];
  const said = rows.map((row) =>
    sql`(${
      sql.join([
        ...[row.tenant, row.id].map(text),
        ...[row.total, row.open, row.succeeded, row.failed, row.cancelled].map(number),
        text(row.firstFailure),
      ])
    })`
  );
  const adding =
    sql`insert into batches (tenant, id, total, open, succeeded, failed, cancelled, first_failure, name, by,
      sealed, failed_told, done_told, created_at)
    select said.column1, said.column2, said.column3, said.column4, said.column5, said.column6, said.column7, said.column8,
      '', '', 1, 1, 1, 0
    from (values ${sql.join(said)}) as said
    where exists (select 1 from batches as kept where kept.tenant = said.column1 and kept.id = said.column2
      limit 1 offset 0)
    on conflict (tenant, id) do update set total = batches.total + excluded.total, open = batches.open + excluded.open,
      succeeded = batches.succeeded + excluded.succeeded, failed = batches.failed + excluded.failed,
      cancelled = batches.cancelled + excluded.cancelled,
      first_failure = coalesce(batches.first_failure, excluded.first_failure)`;
  return { compile: () => adding.compile(db) };
}
