import { type ExpressionBuilder, type Kysely, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { defineTables, type SweepSlice } from "../actor/tables.ts";
import { engineOf } from "../store/engine.ts";
import { createBatches } from "./migrations.ts";
import { BATCH_TABLES, type BatchesDatabase, type BatchRow, type ChildRow } from "./rows.ts";

type Named = Pick<BatchRow, "id">;
type Begun =
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
type Child = Pick<ChildRow, "kind" | "key">;
/** What is added to a batch; `firstFailure` is taken where there is none yet. */
type Counted = Named & Pick<BatchRow, "total" | "open" | "succeeded" | "failed" | "cancelled" | "firstFailure">;
type Told = Named & Pick<BatchRow, "succeeded" | "failed" | "cancelled"> & { readonly at: number };

/** Batches of children: how many there are, how they ended, and who has to be told of it. */
export const batchTables = defineTables<BatchesDatabase>()(BATCH_TABLES, {
  migrations: { "2026-11-30-batches": createBatches },
  writes: ({ write, writeSum }) => ({
    /** The first children, or more of them. Those of a batch that was cancelled are cancelled as well. */
    begun: writeSum<Begun>(["id"], begun),
    /** The message that could have begun more children has left the mailbox. */
    sealed: write<{ message: string }>((db, { tenant, message }) =>
      db.updateTable("batches").set({ sealed: sql.lit(1) })
        .where("tenant", "=", tenant).where("id", "in", begunBy(db, tenant, [message])).where("sealed", "=", sql.lit(0))
    ),
    /**
     * Children have left the mailbox for good, or are back there for a new run; of a batch that is not kept any more there
     * is nothing to count.
     */
    counted: writeSum<Counted>(["id"], counted),
    /** Somebody wishes that its children end; the first one's name is kept. Refused as `conflict` when all have ended. */
    cancelWished: write<Named & { readonly by: string }>(
      (db, { tenant, id, by }) =>
        db.updateTable("batches").set((eb) => ({ cancelWishedBy: eb.fn.coalesce("cancelWishedBy", eb.val(by)) }))
          .where("tenant", "=", tenant).where("id", "=", id).where("doneTold", "=", sql.lit(0))
          .where((eb) => eb.or([eb("open", ">", sql.lit(0)), eb("sealed", "=", sql.lit(0))])),
      { whenUnchanged: "conflict" },
    ),
    /** All of them have ended so, and nobody has told it: at most once, whoever looks. */
    doneTold: write<Told>(
      (db, row) =>
        db.updateTable("batches").set({ doneTold: sql.lit(1), endedAt: row.at })
          .where("tenant", "=", row.tenant).where("id", "=", row.id)
          .where("sealed", "=", sql.lit(1)).where("open", "=", sql.lit(0)).where("doneTold", "=", sql.lit(0))
          .where("succeeded", "=", row.succeeded).where("failed", "=", row.failed)
          .where("cancelled", "=", row.cancelled),
      { whenUnchanged: "conflict" },
    ),
    failedTold: write<Named>(
      (db, { tenant, id }) =>
        db.updateTable("batches").set({ failedTold: sql.lit(1) })
          .where("tenant", "=", tenant).where("id", "=", id).where("failedTold", "=", sql.lit(0)),
      { whenUnchanged: "conflict" },
    ),
  }),
  queries: ({ query, row }) => ({
    byId: row(
      z.object({ id: z.string() }),
      (db, { tenant, id }: { tenant: string; id: string }) =>
        db.selectFrom("batches").selectAll().where("tenant", "=", tenant).where("id", "=", id),
    ),
    /** Newest first. */
    page: query(
      z.object({ before: z.string().optional(), limit: z.int() }),
      async (db, { tenant, before, limit }): Promise<readonly BatchRow[]> => {
        const rows = db.selectFrom("batches").selectAll().where("tenant", "=", tenant).orderBy("id", "desc").limit(
          limit,
        );
        return await (before === undefined ? rows : rows.where("id", "<", before)).execute();
      },
    ),
    /** Those that the children of these have begun, in order. */
    nested: query(
      z.object({ ids: z.array(z.string()).min(1), after: z.string().optional(), limit: z.int() }),
      async (db, { tenant, ids, after, limit }): Promise<readonly BatchRow[]> => {
        const rows = db.selectFrom("batches").selectAll().where("tenant", "=", tenant).where("parentBatch", "in", ids)
          .orderBy("id").limit(limit);
        return await (after === undefined ? rows : rows.where("id", ">", after)).execute();
      },
    ),
    /** Its children that have not ended, in order. */
    children: query(
      z.object({ id: z.string(), after: z.string().optional(), limit: z.int() }),
      async (db, { tenant, id, after, limit }): Promise<readonly Child[]> => {
        const rows = db.selectFrom("messages").select(["kind", "key"]).where("tenant", "=", tenant)
          .where("batch", "=", id).orderBy("key").limit(limit);
        return await (after === undefined ? rows : rows.where("key", ">", after)).execute();
      },
    ),
    /** Of all tenants: those whose children are to end. */
    wished: query(
      z.object({ limit: z.int() }),
      async (db, { limit }): Promise<readonly BatchRow[]> =>
        await db.selectFrom("batches").selectAll().where("cancelWishedBy", "is not", null)
          .where("doneTold", "=", sql.lit(0)).where("open", ">", sql.lit(0)).limit(limit).execute(),
    ),
    /**
     * Those of them, and of those that these messages have begun, about which there is something to do: to tell the end or a
     * first failure, or to cancel children.
     */
    untold: query(
      z.object({ ids: z.array(z.string()), messages: z.array(z.string()) }),
      async (db, { tenant, ids, messages }): Promise<readonly BatchRow[]> => {
        const untold = db.selectFrom("batches").selectAll().where("tenant", "=", tenant)
          .where((eb) => eb.or([isOver(eb), isFailing(eb), eb("cancelWishedBy", "is not", null)]));
        const rows = new Map<string, BatchRow>();
        const byId = ids.length === 0 ? [] : await untold.where("id", "in", ids).execute();
        const byMessage = messages.length === 0
          ? []
          : await untold.where("id", "in", begunBy(db, tenant, messages)).execute();
        for (const row of [...byId, ...byMessage]) rows.set(row.id, row);
        return [...rows.values()];
      },
    ),
    /** Of all tenants, whosever call it is: those whose end has to be told. */
    over: query(
      z.object({ limit: z.int() }),
      async (db, { limit }): Promise<readonly BatchRow[]> =>
        await db.selectFrom("batches").selectAll().where(isOver).limit(limit).execute(),
    ),
    /** The same for first failures. */
    failing: query(
      z.object({ limit: z.int() }),
      async (db, { limit }): Promise<readonly BatchRow[]> =>
        await db.selectFrom("batches").selectAll().where(isFailing).limit(limit).execute(),
    ),
  }),
  sweeps: ({ sweep }) => [
    sweep(
      "jobs",
      (db, slice) =>
        db.deleteFrom("batches").where(({ eb, refTuple }) =>
          eb(refTuple("tenant", "id"), "in", oldestEnded(db, slice))
        ),
    ),
  ],
});

/**
 * The ids of those that these messages have begun and whose end is not told. SQLite keeps no statistics of its own accord,
 * and takes the primary key for it, at the price of every batch of the tenant: so it is told.
 */
function begunBy(db: Kysely<BatchesDatabase>, tenant: string, messages: readonly string[]): RawBuilder<string> {
  const table = sql.raw(engineOf(db) === "postgres" ? "batches" : "batches indexed by batches_begun");
  return sql`(select id from ${table} where tenant = ${tenant} and message in (${
    sql.join(messages)
  }) and done_told = 0)`;
}

type Conditions = ExpressionBuilder<BatchesDatabase, "batches">;

/** All children have ended, and nobody has told it. */
// deno-lint-ignore explicit-function-return-type -- Kysely's own
function isOver(eb: Conditions) {
  return eb.and([eb("sealed", "=", sql.lit(1)), eb("doneTold", "=", sql.lit(0)), eb("open", "=", sql.lit(0))]);
}

/** One has been given up, and the spawner wants to know. */
// deno-lint-ignore explicit-function-return-type -- Kysely's own
function isFailing(eb: Conditions) {
  return eb.and([
    eb("firstFailure", "is not", null),
    eb("onAnyFailed", "is not", null),
    eb("failedTold", "=", sql.lit(0)),
  ]);
}

/** Children of one commit that join the same batch come as one row: numbers are added up, so `sealed` may be above 1. */
// deno-lint-ignore explicit-function-return-type -- Kysely's own
function begun(db: Kysely<BatchesDatabase>, rows: readonly (Begun & { readonly tenant: string })[]) {
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
// deno-lint-ignore explicit-function-return-type -- Kysely's own
function counted(db: Kysely<BatchesDatabase>, rows: readonly (Counted & { readonly tenant: string })[]) {
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

// deno-lint-ignore explicit-function-return-type -- Kysely's own
function oldestEnded(db: Kysely<BatchesDatabase>, { before, limit }: SweepSlice) {
  return db.selectFrom("batches").select(["tenant", "id"]).where("endedAt", "<", before).where("open", "=", sql.lit(0))
    .orderBy("endedAt").orderBy("tenant").orderBy("id").limit(limit).$asTuple("tenant", "id");
}
