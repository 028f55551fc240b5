import type { Migration } from "kysely/migration";
import { z } from "zod";
import { defineTables } from "../actor/tables.ts";

/** The limit of one key of an upstream, for all nodes. Always of the tenant `system`. */
interface LimitRow {
  readonly tenant: string;
  readonly id: string;
  /** JSON text of a `LimitBook`. */
  readonly state: string;
  /** Counts its changes, from 1. */
  readonly version: number;
  /** From when it says nothing; ms since the epoch. */
  readonly idleAt: number;
}

interface LimitsDatabase {
  upstreamLimits: LimitRow;
}

type Changed = Omit<LimitRow, "tenant">;

const createLimits: Migration = {
  async up({ schema }) {
    await schema.createTable("upstream_limits")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("idle_at", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("upstream_limits_idle").on("upstream_limits").columns(["idle_at"]).execute();
  },
};

/**
 * Rows that nodes change by compare-and-set: of two that take from the same state one is refused as `conflict`. DESIGN.md
 * lets an actor of the tenant `system` own a limit; a guarded row is that actor's state without its mailbox, so that what
 * waits is admitted by one commit in place of a message, a turn and an answer.
 */
export const limitTables = defineTables<LimitsDatabase>()("upstream-limits", {
  migrations: { "2026-12-01-upstream-limits": createLimits },
  writes: ({ write }) => ({
    created: write<Changed>(
      (db, { tenant, id, state, version, idleAt }) =>
        db.insertInto("upstreamLimits").values({ tenant, id, state, version, idleAt })
          .onConflict((conflict) => conflict.column("id").doNothing()),
      { whenUnchanged: "conflict" },
    ),
    /** `from`: the version that is replaced. */
    changed: write<Changed & { readonly from: number }>(
      (db, { id, state, version, idleAt, from }) =>
        db.updateTable("upstreamLimits").set({ state, version, idleAt }).where("id", "=", id)
          .where("version", "=", from),
      { whenUnchanged: "conflict" },
    ),
  }),
  queries: ({ row }) => ({
    byId: row(
      z.object({ id: z.string() }),
      (db, { id }: { id: string }) => db.selectFrom("upstreamLimits").select(["state", "version"]).where("id", "=", id),
    ),
  }),
  sweeps: ({ sweep }) => [
    sweep(
      "upstream-limits",
      (db, { before, limit }) =>
        db.deleteFrom("upstreamLimits").where(
          "id",
          "in",
          (from) =>
            from.selectFrom("upstreamLimits").select("id").where("idleAt", "<", before).orderBy("idleAt").limit(limit),
        ),
    ),
  ],
});
