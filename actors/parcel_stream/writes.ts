import { type ExpressionBuilder, type ExpressionWrapper, type Kysely, sql } from "kysely";
import type { Declare } from "../authoring.ts";
import { PARCEL_COLUMNS, rowsOf, SCAN_COLUMNS } from "./text_writes.ts";
import type { MalformedScanRow, ParcelDatabase, ParcelRow, StreamRow } from "./rows.ts";

/** A stream as a person has decided on it last; another decision since makes the write a `conflict`. */
type Decided = Pick<StreamRow, "name" | "epoch"> & { readonly at: number };

type NewStream = Pick<
  StreamRow,
  | "name"
  | "baseUrl"
  | "headers"
  | "pageLimit"
  | "pollIntervalMs"
  | "lookBack"
  | "consumers"
  | "checkpoint"
  | "createdBy"
  | "createdAt"
>;

/** A page that was applied, or handed on: `count` events of it. */
type Advance =
  & Decided
  & Pick<StreamRow, "checkpoint" | "lastEventAt" | "eventsPerSecond" | "behind">
  & { readonly from: number; readonly count: number };

type InStream = { readonly stream: string };

/** `rows`: what `scansText` or `parcelsText` makes; of parcels each once. */
type Rows = InStream & { readonly rows: string; readonly at: number };

/**
 * What is written of streams. People's acts are `created`, `paused`, `resumed`, `reset` and `removed`; each but the first is
 * given the epoch that was read and leaves the one above it, and goes with a message to the stream's actor in the same
 * commit: `poll {epoch}` with the new epoch, or `remove`. A stream begins with epoch 1.
 */
// deno-lint-ignore explicit-module-boundary-types -- the arguments' types stand with each write
export function parcelWrites({ write }: Declare<ParcelDatabase>) {
  const decided = (db: Kysely<ParcelDatabase>, { tenant, name, epoch, at }: Decided & { tenant: string }) =>
    db.updateTable("parcelStreams").set((eb) => ({ epoch: eb("epoch", "+", 1), updatedAt: at }))
      .where("tenant", "=", tenant).where("name", "=", name).where("epoch", "=", epoch);
  const followed = (
    db: Kysely<ParcelDatabase>,
    { tenant, name, epoch }: Pick<StreamRow, "tenant" | "name" | "epoch">,
  ) => db.updateTable("parcelStreams").where("tenant", "=", tenant).where("name", "=", name).where("epoch", "=", epoch);

  return {
    /** Refused as `constraint` where there is one of this name. */
    created: write<NewStream>((db, stream) =>
      db.insertInto("parcelStreams").values({
        tenant: stream.tenant,
        name: stream.name,
        baseUrl: stream.baseUrl,
        headers: stream.headers,
        pageLimit: stream.pageLimit,
        pollIntervalMs: stream.pollIntervalMs,
        lookBack: stream.lookBack,
        consumers: stream.consumers,
        status: "running",
        epoch: 1,
        checkpoint: stream.checkpoint,
        lastEventAt: null,
        processed: 0,
        eventsPerSecond: 0,
        polledAt: null,
        behind: 0,
        failures: 0,
        lastError: null,
        failedAt: null,
        createdBy: stream.createdBy,
        createdAt: stream.createdAt,
        updatedAt: stream.createdAt,
      })
    ),
    paused: write<Decided>(
      (db, act) => decided(db, act).set({ status: "paused", eventsPerSecond: 0 }),
      { whenUnchanged: "conflict" },
    ),
    resumed: write<Decided>(
      (db, act) => decided(db, act).set({ status: "running", failures: 0 }),
      { whenUnchanged: "conflict" },
    ),
    /** The page after next asks for what follows this id. A stream that is paused stays so. */
    reset: write<Decided & { readonly checkpoint: number }>(
      (db, act) => decided(db, act).set({ checkpoint: act.checkpoint, lastEventAt: null, behind: 0, failures: 0 }),
      { whenUnchanged: "conflict" },
    ),
    removed: write<Pick<Decided, "name" | "epoch">>(
      (db, { tenant, name, epoch }) =>
        db.deleteFrom("parcelStreams").where("tenant", "=", tenant).where("name", "=", name).where("epoch", "=", epoch),
      { whenUnchanged: "conflict" },
    ),
    /** With what the page has changed: none of it is written where a person has decided otherwise meanwhile. */
    advanced: write<Advance>(
      (db, page) =>
        followed(db, page).where("checkpoint", "=", page.from).set((eb) => ({
          checkpoint: page.checkpoint,
          lastEventAt: eb.fn.coalesce(eb.val(page.lastEventAt), "lastEventAt"),
          processed: eb("processed", "+", page.count),
          eventsPerSecond: page.eventsPerSecond,
          behind: page.behind,
          status: "running",
          failures: 0,
          polledAt: page.at,
          updatedAt: page.at,
        })),
      { whenUnchanged: "conflict" },
    ),
    /** A page without anything new. */
    polled: write<Decided & Pick<StreamRow, "eventsPerSecond" | "behind">>((db, page) =>
      followed(db, page).set({
        eventsPerSecond: page.eventsPerSecond,
        behind: page.behind,
        status: "running",
        failures: 0,
        polledAt: page.at,
      })
    ),
    failed: write<Decided & { readonly failures: number; readonly lastError: string }>((db, page) =>
      followed(db, page).set({
        status: "failing",
        failures: page.failures,
        lastError: page.lastError,
        failedAt: page.at,
        eventsPerSecond: 0,
        updatedAt: page.at,
      })
    ),
    /** Events that came without being asked for. */
    received: write<{ readonly name: string; readonly count: number; readonly at: number }>((db, pushed) =>
      db.updateTable("parcelStreams")
        .set((eb) => ({ processed: eb("processed", "+", pushed.count), updatedAt: pushed.at }))
        .where("tenant", "=", pushed.tenant).where("name", "=", pushed.name)
    ),
    /** Whatever is written when: of two states of a parcel the newer event's stays, of two pickups the earlier one. */
    tracked: write<Rows>((db, rows) =>
      db.insertInto("parcels").columns(["tenant", "stream", ...PARCEL_COLUMNS.map(([name]) => name), "updatedAt"])
        .expression(rowsOf(db, rows, PARCEL_COLUMNS)).onConflict((conflict) =>
          conflict.columns(["tenant", "stream", "parcelId"]).doUpdateSet((eb) => ({
            lastEventId: newer(eb, "lastEventId"),
            type: newer(eb, "type"),
            statusCode: newer(eb, "statusCode"),
            runId: newer(eb, "runId"),
            carrierId: newer(eb, "carrierId"),
            createdAt: newer(eb, "createdAt"),
            pickupAt: first(eb, "pickupAt", "pickupEventId"),
            pickupEventId: first(eb, "pickupEventId", "pickupEventId"),
            deliveryAt: first(eb, "deliveryAt", "deliveryEventId"),
            deliveryEventId: first(eb, "deliveryEventId", "deliveryEventId"),
            updatedAt: eb.ref("excluded.updatedAt"),
          }))
        )
    ),
    /** One that is there stays as it is. */
    scanned: write<Rows>((db, rows) =>
      db.insertInto("scans").columns(["tenant", "stream", ...SCAN_COLUMNS.map(([name]) => name), "receivedAt"])
        .expression(rowsOf(db, rows, SCAN_COLUMNS))
        .onConflict((conflict) => conflict.columns(["tenant", "stream", "eventId", "parcelId"]).doNothing())
    ),
    setAside: write<Omit<MalformedScanRow, "tenant">>((db, { tenant, stream, fingerprint, receivedAt }) =>
      db.insertInto("malformedScans").values({ tenant, stream, fingerprint, receivedAt })
        .onConflict((conflict) => conflict.doNothing())
    ),
    parcelsDropped: write<InStream>((db, { tenant, stream }) =>
      db.deleteFrom("parcels").where("tenant", "=", tenant).where("stream", "=", stream).where(
        "parcelId",
        "in",
        (eb) =>
          eb.selectFrom("parcels").select("parcelId").where("tenant", "=", tenant).where("stream", "=", stream)
            .orderBy("parcelId").limit(sql.lit(DROPPED_AT_ONCE)),
      )
    ),
    scansDropped: write<InStream>((db, { tenant, stream }) =>
      db.deleteFrom("scans").where(
        "id",
        "in",
        (eb) =>
          eb.selectFrom("scans").select("id").where("tenant", "=", tenant).where("stream", "=", stream)
            .orderBy("eventId").orderBy("parcelId").limit(sql.lit(DROPPED_AT_ONCE)),
      )
    ),
    malformedDropped: write<InStream>((db, { tenant, stream }) =>
      db.deleteFrom("malformedScans").where("tenant", "=", tenant).where("stream", "=", stream).where(
        "fingerprint",
        "in",
        (eb) =>
          eb.selectFrom("malformedScans").select("fingerprint").where("tenant", "=", tenant)
            .where("stream", "=", stream).orderBy("fingerprint").limit(sql.lit(DROPPED_AT_ONCE)),
      )
    ),
  };
}

const DROPPED_AT_ONCE = 1_000;

type Upsert = ExpressionBuilder<
  ParcelDatabase & { parcels: ParcelRow; excluded: ParcelRow },
  "parcels" | "excluded"
>;

function newer<C extends keyof ParcelRow>(eb: Upsert, column: C): ExpressionWrapper<never, never, ParcelRow[C]> {
  return eb.case().when("excluded.lastEventId", ">", eb.ref("parcels.lastEventId"))
    .then(eb.ref(`excluded.${column}`)).else(eb.ref(`parcels.${column}`)).end() as never;
}

function first<C extends keyof ParcelRow>(
  eb: Upsert,
  column: C,
  eventId: "pickupEventId" | "deliveryEventId",
): ExpressionWrapper<never, never, ParcelRow[C]> {
  return eb.case()
    .when(eb.or([
      eb(`parcels.${eventId}`, "is", null),
      eb(`excluded.${eventId}`, "<", eb.ref(`parcels.${eventId}`)),
    ]))
    .then(eb.ref(`excluded.${column}`)).else(eb.ref(`parcels.${column}`)).end() as never;
}
