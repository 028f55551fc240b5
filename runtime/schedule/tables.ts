import { z } from "zod";
import { defineTables } from "../actor/tables.ts";
import { createSchedules } from "./migrations.ts";
import type { DueRow, ScheduleRow, SchedulesDatabase, TickRow } from "./rows.ts";

/** Rows of one schedule's ledger that its age does not remove; about, as it is looked at with every 64th tick. */
const LEDGER_ROWS = 10_000;

type Named = Pick<ScheduleRow, "name">;
/** `from`: the revision that was read. */
type Guarded = Named & Pick<ScheduleRow, "revision"> & { readonly from: string };
type Changed = Guarded & Omit<ScheduleRow, "tenant" | "last" | "createdBy" | "createdAt">;
type Moved =
  & Guarded
  & Pick<ScheduleRow, "nextAt" | "enabled" | "last">
  & { readonly fromNextAt: number };

/** Schedules and their ledger: what is due, and what became of it. */
export const scheduleTables = defineTables<SchedulesDatabase>()("schedules", {
  migrations: { "2026-11-29-schedules": createSchedules },
  writes: ({ write, writeMany }) => ({
    /** Refused as `constraint` when the tenant has one of this name. */
    created: write<Omit<ScheduleRow, "tenant" | "last">>((db, row) =>
      db.insertInto("schedules").values({
        tenant: row.tenant,
        name: row.name,
        createdBy: row.createdBy,
        createdAt: row.createdAt,
        ...declared(row),
      })
    ),
    /** Refused as `conflict` when the row is another by now. */
    changed: write<Changed>(
      (db, row) =>
        db.updateTable("schedules").set(declared(row))
          .where("tenant", "=", row.tenant).where("name", "=", row.name).where("revision", "=", row.from),
      { whenUnchanged: "conflict" },
    ),
    /** On to the next instant, and only from the one that was read: of all who look, one does it. */
    moved: write<Moved>(
      (db, { tenant, name, from, fromNextAt, revision, nextAt, enabled, last }) =>
        db.updateTable("schedules").set({ revision, nextAt, enabled, last })
          .where("tenant", "=", tenant).where("name", "=", name)
          .where("revision", "=", from).where("nextAt", "=", fromNextAt),
      { whenUnchanged: "conflict" },
    ),
    /** Sent because somebody asked. Refused as `conflict` when there is no such schedule. */
    asked: write<Named & Pick<ScheduleRow, "last">>(
      (db, { tenant, name, last }) =>
        db.updateTable("schedules").set({ last }).where("tenant", "=", tenant).where("name", "=", name),
      { whenUnchanged: "conflict" },
    ),
    /** Refused as `constraint` when the ledger has the instant. */
    ticked: writeMany<Omit<TickRow, "tenant">>((db, rows) =>
      db.insertInto("ticks").values(rows.map((row) => ({
        tenant: row.tenant,
        schedule: row.schedule,
        instant: row.instant,
        at: row.at,
        status: row.status,
        cause: row.cause,
        by: row.by,
        key: row.key,
        messageId: row.messageId,
        error: row.error,
      })))
    ),
    trimmed: write<Named>((db, { tenant, name }) =>
      db.deleteFrom("ticks").where("tenant", "=", tenant).where("schedule", "=", name).where(
        "instant",
        "<",
        (from) =>
          from.selectFrom("ticks").select("instant").where("tenant", "=", tenant).where("schedule", "=", name)
            .orderBy("instant", "desc").limit(1).offset(LEDGER_ROWS - 1),
      )
    ),
    /** Refused as `conflict` when there is no such schedule. */
    removed: write<Named>(
      (db, { tenant, name }) => db.deleteFrom("schedules").where("tenant", "=", tenant).where("name", "=", name),
      { whenUnchanged: "conflict" },
    ),
    ledgerRemoved: write<Named>((db, { tenant, name }) =>
      db.deleteFrom("ticks").where("tenant", "=", tenant).where("schedule", "=", name)
    ),
  }),
  queries: ({ query, row }) => ({
    byName: row(
      z.object({ name: z.string() }),
      (db, { tenant, name }: { tenant: string; name: string }) =>
        db.selectFrom("schedules").selectAll().where("tenant", "=", tenant).where("name", "=", name),
    ),
    page: query(
      z.object({ after: z.string().optional(), limit: z.int() }),
      async (db, { tenant, after, limit }): Promise<readonly ScheduleRow[]> => {
        const rows = db.selectFrom("schedules").selectAll().where("tenant", "=", tenant).orderBy("name").limit(limit);
        return await (after === undefined ? rows : rows.where("name", ">", after)).execute();
      },
    ),
    count: row(
      z.object({}),
      (db, { tenant }: { tenant: string }) =>
        db.selectFrom("schedules").select((eb) => eb.fn.countAll<number>().as("schedules")).where(
          "tenant",
          "=",
          tenant,
        ),
    ),
    /** Newest first. */
    ticks: query(
      z.object({ name: z.string(), before: z.number().optional(), limit: z.int() }),
      async (db, { tenant, name, before, limit }): Promise<readonly TickRow[]> => {
        const rows = db.selectFrom("ticks").selectAll().where("tenant", "=", tenant).where("schedule", "=", name)
          .orderBy("instant", "desc").limit(limit);
        return await (before === undefined ? rows : rows.where("instant", "<", before)).execute();
      },
    ),
    tick: row(
      z.object({ name: z.string(), instant: z.number() }),
      (db, { tenant, name, instant }: { tenant: string; name: string; instant: number }) =>
        db.selectFrom("ticks").selectAll()
          .where("tenant", "=", tenant).where("schedule", "=", name).where("instant", "=", instant),
    ),
    /** Of all tenants but those `held`, whosever call it is: the earliest first, those that are due and those that will be. */
    next: query(
      z.object({ limit: z.int(), held: z.array(z.string()) }),
      async (db, { limit, held }): Promise<readonly DueRow[]> =>
        await db.selectFrom("schedules").select(["tenant", "name", "nextAt"]).where("nextAt", "is not", null)
          .$if(held.length > 0, (rows) => rows.where("tenant", "not in", held))
          .orderBy("nextAt").limit(limit).execute() as readonly DueRow[],
    ),
    /** Of all tenants: the first of them. */
    first: row(
      z.object({}),
      (db) => db.selectFrom("schedules").select("nextAt").where("nextAt", "is not", null).orderBy("nextAt").limit(1),
    ),
  }),
  sweeps: ({ sweep }) => [
    sweep("ticks", (db, { before, limit }) =>
      db.deleteFrom("ticks").where((eb) =>
        eb(
          eb.refTuple("tenant", "schedule", "instant"),
          "in",
          eb.selectFrom("ticks").select(["tenant", "schedule", "instant"]).where("at", "<", before)
            .orderBy("at").limit(limit).$asTuple("tenant", "schedule", "instant"),
        )
      )),
  ],
});

/** What a person or a kind says of a schedule, and what follows from it. */
function declared(row: Omit<ScheduleRow, "tenant" | "name" | "last" | "createdBy" | "createdAt">) {
  return {
    revision: row.revision,
    cron: row.cron,
    timeZone: row.timeZone,
    everyMs: row.everyMs,
    anchorAt: row.anchorAt,
    kind: row.kind,
    key: row.key,
    message: row.message,
    payload: row.payload,
    catchUp: row.catchUp,
    catchUpLimit: row.catchUpLimit,
    jitterMs: row.jitterMs,
    enabled: row.enabled,
    builtIn: row.builtIn,
    nextAt: row.nextAt,
    updatedAt: row.updatedAt,
  };
}
