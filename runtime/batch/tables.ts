import { type ExpressionBuilder, type Kysely, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { defineTables } from "../actor/tables.ts";
import { engineOf } from "../store/engine.ts";
import { type AgingRows, areOldest } from "../store/oldest_rows.ts";
import { type Begun, begun, type Counted, counted } from "./count_writes.ts";
import { createBatches, keptByTenant, mendedBatches } from "./migrations.ts";
import { BATCH_TABLES, type BatchesDatabase, type BatchRow, type ChildRow, TOLD, TOLD_FAILED } from "./rows.ts";

type Named = Pick<BatchRow, "id">;
type Child = Pick<ChildRow, "kind" | "key">;
type Told = Named & Pick<BatchRow, "succeeded" | "failed" | "cancelled"> & { readonly at: number };

/** One that has ended counts again while a child of it is back for a new run. */
const ENDED: AgingRows = { table: "batches", at: "ended_at", key: ["id"], when: sql`aged.open = 0` };

/** Batches of children: how many there are, how they ended, and who has to be told of it. */
export const batchTables = defineTables<BatchesDatabase>()(BATCH_TABLES, {
  migrations: {
    "2026-11-30-batches": createBatches,
    "2026-12-22-batches-kept-by-tenant": keptByTenant,
    "2026-12-22-batches-mended": mendedBatches,
  },
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
        db.updateTable("batches").set({ doneTold: toldAs, endedAt: row.at })
          .where("tenant", "=", row.tenant).where("id", "=", row.id)
          .where("sealed", "=", sql.lit(1)).where("open", "=", sql.lit(0)).where("doneTold", "=", sql.lit(0))
          .where("succeeded", "=", row.succeeded).where("failed", "=", row.failed)
          .where("cancelled", "=", row.cancelled),
      { whenUnchanged: "conflict" },
    ),
    /** After a retry none of those that failed is left, and nobody has told it. */
    mendedTold: write<Named & Pick<BatchRow, "succeeded">>(
      (db, row) =>
        db.updateTable("batches").set({ doneTold: sql.lit(TOLD) })
          .where("tenant", "=", row.tenant).where("id", "=", row.id).where("succeeded", "=", row.succeeded)
          .where(isMended),
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
          .where((eb) => eb.or([isOver(eb), isMended(eb), isFailing(eb), eb("cancelWishedBy", "is not", null)]));
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
    /** The same for those that have failed and are mended. */
    mended: query(
      z.object({ limit: z.int() }),
      async (db, { limit }): Promise<readonly BatchRow[]> =>
        await db.selectFrom("batches").selectAll().where(isMended).limit(limit).execute(),
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
      (db, slice) => db.deleteFrom("batches").where(areOldest(db, { of: ["id"], rows: ENDED }, slice)),
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

/** How it ends is told once more when it has failed and is mended. */
const toldAs = sql<number>`case when failed > 0 and (cancel_wished_by is null or cancelled = 0)
  then ${sql.lit(TOLD_FAILED)} else ${sql.lit(TOLD)} end`;

/** It was told as failed, and all that had failed have succeeded since. */
// deno-lint-ignore explicit-function-return-type -- Kysely's own
function isMended(eb: Conditions) {
  return eb.and([
    eb("doneTold", "=", sql.lit(TOLD_FAILED)),
    eb("open", "=", sql.lit(0)),
    eb("failed", "=", sql.lit(0)),
  ]);
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
