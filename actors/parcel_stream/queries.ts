import { type Kysely, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { type BoundQuery, type Declare, engineOf } from "../authoring.ts";
import { history, type HistoryPage } from "./history_queries.ts";
import {
  type ParcelCount,
  parcelCounts,
  parcelRows,
  type ParcelsPage,
  parcelsPage,
  parcelsPageArgs,
} from "./page_queries.ts";
import type { ParcelDatabase, ParcelRow, ScanRow, StreamRow } from "./rows.ts";

const PAGE_ROWS = 1_000;
const pageLimit = z.int().min(1).max(PAGE_ROWS);
const name = z.string();

/** By name; `after` is the name that the page before ended with. */
export interface StreamsPage {
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What is asked before events are applied: of which parcels, scans and malformed texts they might be news. */
export interface KnownArgs {
  readonly stream: string;
  readonly parcels: readonly number[];
  /** Parcel id and event id of each event that may have been applied before. */
  readonly scans: readonly (readonly [parcelId: number, eventId: number])[];
  readonly fingerprints: readonly string[];
}

/** Of a parcel what decides whether an event changes it. */
export type KnownParcel = Pick<
  ParcelRow,
  "parcelId" | "lastEventId" | "type" | "statusCode" | "pickupEventId" | "deliveryEventId"
>;

export interface Known {
  /** Null when there is no such stream (any more). */
  readonly stream: Pick<StreamRow, "createdAt" | "epoch" | "consumers"> | null;
  readonly parcels: readonly KnownParcel[];
  /** Ids of events that were applied. */
  readonly scans: readonly (readonly [parcelId: number, eventId: number])[];
  /** Those that were set aside. */
  readonly fingerprints: readonly string[];
}

/** What can be read of streams and parcels. */
export type ParcelQueries = {
  readonly stream: BoundQuery<{ name: string }, StreamRow | null>;
  readonly streams: BoundQuery<StreamsPage, readonly StreamRow[]>;
  /** One for each stream that has it, by the name of the stream. */
  readonly parcel: BoundQuery<{ parcelId: number }, readonly ParcelRow[]>;
  readonly parcels: BoundQuery<ParcelsPage, readonly ParcelRow[]>;
  readonly counts: BoundQuery<{ stream?: string | undefined }, readonly ParcelCount[]>;
  readonly history: BoundQuery<HistoryPage, readonly ScanRow[]>;
  readonly known: BoundQuery<KnownArgs, Known>;
  /** The unhandled messages of the consumer that has most of them, as far as `limit` counts. */
  readonly backlog: BoundQuery<{ stream: string; consumers: number; limit: number }, number>;
  /** Whether the stream has left rows behind. */
  readonly remains: BoundQuery<{ stream: string }, boolean>;
};

export function parcelQueries({ query, row }: Declare<ParcelDatabase>): ParcelQueries {
  return {
    stream: row(
      z.object({ name }),
      (db, { tenant, name }) =>
        db.selectFrom("parcelStreams").selectAll().where("tenant", "=", tenant).where("name", "=", name),
    ),
    streams: query<StreamsPage, readonly StreamRow[]>(
      z.object({ after: name.optional(), limit: pageLimit }),
      async (db, { tenant, after, limit }) => {
        const rows = db.selectFrom("parcelStreams").selectAll().where("tenant", "=", tenant).orderBy("name").limit(
          limit,
        );
        return await (after === undefined ? rows : rows.where("name", ">", after)).execute();
      },
    ),
    parcel: query(z.object({ parcelId: z.int() }), parcelRows),
    parcels: query<ParcelsPage, readonly ParcelRow[]>(parcelsPageArgs, parcelsPage),
    counts: query<{ stream?: string | undefined }, readonly ParcelCount[]>(
      z.object({ stream: name.optional() }),
      parcelCounts,
    ),
    history: query<HistoryPage, readonly ScanRow[]>(
      z.object({ stream: name, parcelId: z.int(), before: z.int().optional(), limit: pageLimit }),
      history,
    ),
    known: query<KnownArgs, Known>(
      z.object({
        stream: name,
        parcels: z.array(z.int()),
        scans: z.array(z.tuple([z.int(), z.int()])),
        fingerprints: z.array(z.string()),
      }),
      known,
    ),
    backlog: query(
      z.object({ stream: name, consumers: z.int(), limit: z.int() }),
      async (db, { tenant, stream, consumers, limit }): Promise<number> => {
        const counts = await Promise.all(
          Array.from(
            { length: consumers },
            async (_, index) =>
              (await db.selectFrom((from) =>
                from.selectFrom("messages").select("key").where("tenant", "=", tenant)
                  .where("kind", "=", "parcel-consumer").where("key", "=", `${stream}.${index}`).limit(limit).as(
                    "waiting",
                  )
              ).select(({ fn }) => fn.countAll<number>().as("messages")).executeTakeFirstOrThrow()).messages,
          ),
        );
        return Math.max(0, ...counts);
      },
    ),
    remains: query(
      z.object({ stream: name }),
      async (db, { tenant, stream }): Promise<boolean> => {
        for (const table of ["parcels", "scans", "malformedScans"] as const) {
          const left = await db.selectFrom(table).select("tenant").where("tenant", "=", tenant)
            .where("stream", "=", stream).limit(1).executeTakeFirst();
          if (left !== undefined) return true;
        }
        return false;
      },
    ),
  };
}

/** The stream is read first: what has gone on since then is not missed by who finds it as he left it. */
async function known(
  db: Kysely<ParcelDatabase>,
  { tenant, stream, parcels, scans, fingerprints }: KnownArgs & { tenant: string },
): Promise<Known> {
  const row = await db.selectFrom("parcelStreams").select(["createdAt", "epoch", "consumers"])
    .where("tenant", "=", tenant).where("name", "=", stream).executeTakeFirst();
  if (row === undefined) return { stream: null, parcels: [], scans: [], fingerprints: [] };
  return {
    stream: row,
    parcels: parcels.length === 0 ? [] : await db.selectFrom("parcels")
      .select(["parcelId", "lastEventId", "type", "statusCode", "pickupEventId", "deliveryEventId"])
      .where("tenant", "=", tenant).where("stream", "=", stream).where("parcelId", "in", numbersOf(db, parcels))
      .execute(),
    scans: scans.length === 0 ? [] : (await db.selectFrom("scans").select(["parcelId", "eventId"])
      .where("tenant", "=", tenant).where("stream", "=", stream)
      .where(({ eb, refTuple }) => eb(refTuple("eventId", "parcelId"), "in", pairsOf(db, scans)))
      .execute()).map(({ parcelId, eventId }) => [parcelId, eventId]),
    fingerprints: fingerprints.length === 0 ? [] : (await db.selectFrom("malformedScans").select("fingerprint")
      .where("tenant", "=", tenant).where("stream", "=", stream).where("fingerprint", "in", fingerprints)
      .execute()).map(({ fingerprint }) => fingerprint),
  };
}

/** As one value: a statement with a thousand places costs more to make than to run. */
function numbersOf(db: Kysely<ParcelDatabase>, ids: readonly number[]): RawBuilder<number> {
  const text = JSON.stringify(ids);
  return engineOf(db) === "postgres"
    ? sql`(select value::bigint from json_array_elements_text(cast(${text} as json)))`
    : sql`(select value from json_each(${text}))`;
}

/** The event id first, as the index has it. */
// deno-lint-ignore no-explicit-any -- of two columns, which Kysely has no name for
function pairsOf(db: Kysely<ParcelDatabase>, pairs: readonly (readonly [number, number])[]): RawBuilder<any> {
  const text = JSON.stringify(pairs);
  return engineOf(db) === "postgres"
    ? sql`(select (value ->> 1)::bigint, (value ->> 0)::bigint from json_array_elements(cast(${text} as json)))`
    : sql`(select json_extract(value, '$[1]'), json_extract(value, '$[0]') from json_each(${text}))`;
}
