import { z } from "zod";
import { defineTables } from "../actor/tables.ts";
import { createSubscriptions } from "./migrations.ts";
import type { SubscribingKindRow, SubscriptionRow, SubscriptionsDatabase } from "./row_types.ts";

type Named = Pick<SubscriptionRow, "id">;
/** `from`: the cursor that was read. */
type Guarded = Named & Pick<SubscriptionRow, "cursor"> & { readonly from: number };
type Place = Pick<SubscriptionRow, "tenant" | "id">;

/** Subscriptions, and the kinds that have some. */
export const subscriptionTables = defineTables<SubscriptionsDatabase>()("subscriptions", {
  migrations: { "2026-12-02-subscriptions": createSubscriptions },
  writes: ({ write }) => ({
    /** Refused as `constraint` when the tenant has one of this id, or that tells the same target of the same. */
    created: write<Omit<SubscriptionRow, "tenant">>((db, row) =>
      db.insertInto("subscriptions").values({
        tenant: row.tenant,
        id: row.id,
        eventTypes: row.eventTypes,
        kind: row.kind,
        key: row.key,
        message: row.message,
        cursor: row.cursor,
        sent: row.sent,
        status: row.status,
        error: row.error,
        gap: row.gap,
        createdBy: row.createdBy,
        createdAt: row.createdAt,
      })
    ),
    /** On, and only from where it was read: of all who look, one does it. */
    moved: write<Guarded & { readonly sent: number }>(
      (db, { tenant, id, from, cursor, sent }) =>
        db.updateTable("subscriptions")
          .set((eb) => ({ cursor, sent: eb("sent", "+", sent), status: "active", error: null }))
          .where("tenant", "=", tenant).where("id", "=", id).where("cursor", "=", from),
      { whenUnchanged: "conflict" },
    ),
    /** Over events that are gone. */
    skipped: write<Guarded & Pick<SubscriptionRow, "gap">>(
      (db, { tenant, id, from, cursor, gap }) =>
        db.updateTable("subscriptions").set({ cursor, gap })
          .where("tenant", "=", tenant).where("id", "=", id).where("cursor", "=", from),
      { whenUnchanged: "conflict" },
    ),
    failed: write<Named & Pick<SubscriptionRow, "error"> & { readonly from: number }>(
      (db, { tenant, id, from, error }) =>
        db.updateTable("subscriptions").set({ status: "failing", error })
          .where("tenant", "=", tenant).where("id", "=", id).where("cursor", "=", from),
      { whenUnchanged: "conflict" },
    ),
    /** Of all tenants, whosever call it is, as `withdrawn` is. */
    retyped: write<Named & Pick<SubscriptionRow, "eventTypes">>((db, { id, eventTypes }) =>
      db.updateTable("subscriptions").set({ eventTypes }).where("id", "=", id).where("eventTypes", "!=", eventTypes)
    ),
    /** Refused as `conflict` when there is no such subscription. */
    removed: write<Named>(
      (db, { tenant, id }) => db.deleteFrom("subscriptions").where("tenant", "=", tenant).where("id", "=", id),
      { whenUnchanged: "conflict" },
    ),
    withdrawn: write<Named>((db, { id }) => db.deleteFrom("subscriptions").where("id", "=", id)),
    kindCreated: write<SubscribingKindRow>((db, { kind, since }) =>
      db.insertInto("subscribingKinds").values({ kind, since })
    ),
    kindRemoved: write<Pick<SubscribingKindRow, "kind">>((db, { kind }) =>
      db.deleteFrom("subscribingKinds").where("kind", "=", kind)
    ),
  }),
  queries: ({ query, row }) => ({
    byId: row(
      z.object({ id: z.string() }),
      (db, { tenant, id }: { tenant: string; id: string }) =>
        db.selectFrom("subscriptions").selectAll().where("tenant", "=", tenant).where("id", "=", id),
    ),
    page: query(
      z.object({ after: z.string().optional(), limit: z.int() }),
      async (db, { tenant, after, limit }): Promise<readonly SubscriptionRow[]> => {
        const rows = db.selectFrom("subscriptions").selectAll().where("tenant", "=", tenant).orderBy("id").limit(limit);
        return await (after === undefined ? rows : rows.where("id", ">", after)).execute();
      },
    ),
    count: row(
      z.object({}),
      (db, { tenant }: { tenant: string }) =>
        db.selectFrom("subscriptions").select((eb) => eb.fn.countAll<number>().as("subscriptions"))
          .where("tenant", "=", tenant),
    ),
    /** Of all tenants, whosever call it is, in (tenant, id) order. */
    all: query(
      z.object({ after: z.object({ tenant: z.string(), id: z.string() }).optional(), limit: z.int() }),
      async (
        db,
        { after, limit }: { after?: Place | undefined; limit: number },
      ): Promise<readonly SubscriptionRow[]> => {
        const rows = db.selectFrom("subscriptions").selectAll().orderBy("tenant").orderBy("id").limit(limit);
        if (after === undefined) return await rows.execute();
        return await rows.where((eb) => eb(eb.refTuple("tenant", "id"), ">", eb.tuple(after.tenant, after.id)))
          .execute();
      },
    ),
    kind: row(
      z.object({ kind: z.string() }),
      (db, { kind }: { kind: string }) => db.selectFrom("subscribingKinds").selectAll().where("kind", "=", kind),
    ),
    kinds: query(
      z.object({}),
      async (db): Promise<readonly SubscribingKindRow[]> =>
        await db.selectFrom("subscribingKinds").selectAll().orderBy("kind").execute(),
    ),
  }),
});
