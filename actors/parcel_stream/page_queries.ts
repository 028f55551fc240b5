import { type Kysely, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { engineOf } from "../authoring.ts";
import type { ParcelDatabase, ParcelRow } from "./rows.ts";

/**
 * Which parcels of a tenant: in the order of parcel id and stream, with `updatedSince` in that of their last change, then
 * parcel id and stream. `after` is where the page before ended.
 */
export interface ParcelsPage {
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly statusCode?: string | undefined;
  readonly runId?: string | undefined;
  /** Ms since the epoch. */
  readonly updatedSince?: number | undefined;
  readonly after?: Pick<ParcelRow, "parcelId" | "stream" | "updatedAt"> | undefined;
  readonly limit: number;
}

type PageOfTenant = ParcelsPage & { readonly tenant: string };

/** How many parcels of a stream have a type. */
export interface ParcelCount {
  readonly stream: string;
  readonly type: string;
  readonly parcels: number;
}

export const parcelsPageArgs: z.ZodType<ParcelsPage> = z.object({
  stream: z.string().optional(),
  type: z.string().optional(),
  statusCode: z.string().optional(),
  runId: z.string().optional(),
  updatedSince: z.number().optional(),
  after: z.object({ parcelId: z.int(), stream: z.string(), updatedAt: z.int() }).optional(),
  limit: z.int().min(1).max(1_000),
});

/** Types and status codes together beyond which they are not looked up one by one. */
const MOST_KINDS = 200;
const MOST_COUNTS = 1_000;
const MOST_STREAMS = 1_000;

/**
 * A page is read along one index: by change, by run, by stream (the primary key), by parcel id. That of types and status
 * codes has an order within each pair of them, so the page is what comes first of all pairs that fit, of which there are few.
 */
export async function parcelsPage(db: Kysely<ParcelDatabase>, page: PageOfTenant): Promise<readonly ParcelRow[]> {
  const { statusCode, type, runId, stream, updatedSince, limit } = page;
  if (updatedSince !== undefined) return await rowsAlong(db, "parcels_by_update", page);
  if (runId !== undefined) return await rowsAlong(db, "parcels_by_run", page);
  if (stream !== undefined) return await rowsAlong(db, null, page);
  if (type === undefined && statusCode === undefined) return await rowsAlong(db, "parcels_by_id", page);
  const pairs = await pairsOf(db, page);
  if (pairs === null) return await rowsAlong(db, "parcels_by_id", page);
  const found: ParcelRow[] = [];
  for (const pair of pairs) found.push(...await rowsAlong(db, "parcels_by_type", { ...page, ...pair }));
  return found.sort((one, other) => one.parcelId - other.parcelId || (one.stream < other.stream ? -1 : 1))
    .slice(0, limit);
}

/** One row for each stream that has the parcel, by the name of the stream. */
export async function parcelRows(
  db: Kysely<ParcelDatabase>,
  { tenant, parcelId }: { readonly tenant: string; readonly parcelId: number },
): Promise<readonly ParcelRow[]> {
  const { rows } = await sql<ParcelRow>`select * from ${tableAlong(db, "parcels_by_id")}
    where tenant = ${tenant} and parcel_id = ${parcelId} order by stream limit ${MOST_STREAMS}`.execute(db);
  return rows;
}

/** By stream and type; of one stream it takes a walk along the index of types, of all a sort as well. */
export async function parcelCounts(
  db: Kysely<ParcelDatabase>,
  { tenant, stream }: { readonly tenant: string; readonly stream?: string | undefined },
): Promise<readonly ParcelCount[]> {
  const counts = db.selectFrom("parcels").select(({ fn }) => ["stream", "type", fn.countAll<number>().as("parcels")])
    .where("tenant", "=", tenant).groupBy(["stream", "type"]).orderBy("stream").orderBy("type").limit(MOST_COUNTS);
  return await (stream === undefined ? counts : counts.where("stream", "=", stream)).execute();
}

type Index = "parcels_by_id" | "parcels_by_type" | "parcels_by_run" | "parcels_by_update";

/**
 * SQLite keeps no statistics of its own accord, and takes the primary key for most of these, at the price of every row of
 * the tenant: so it is told. Null: it may choose.
 */
function tableAlong(db: Kysely<ParcelDatabase>, index: Index | null): RawBuilder<unknown> {
  return sql.raw(index === null || engineOf(db) === "postgres" ? "parcels" : `parcels indexed by ${index}`);
}

async function rowsAlong(db: Kysely<ParcelDatabase>, index: Index | null, page: PageOfTenant): Promise<ParcelRow[]> {
  const { tenant, stream, type, statusCode, runId, updatedSince, after, limit } = page;
  const order = sql.raw(updatedSince === undefined ? "parcel_id, stream" : "updated_at, parcel_id, stream");
  const wanted = [
    sql`tenant = ${tenant}`,
    ...(stream === undefined ? [] : [sql`stream = ${stream}`]),
    ...(type === undefined ? [] : [sql`type = ${type}`]),
    ...(statusCode === undefined ? [] : [sql`status_code = ${statusCode}`]),
    ...(runId === undefined ? [] : [sql`run_id = ${runId}`]),
    ...(updatedSince === undefined ? [] : [sql`updated_at >= ${updatedSince}`]),
    ...(after === undefined ? [] : [
      updatedSince === undefined
        ? sql`(parcel_id, stream) > (${after.parcelId}, ${after.stream})`
        : sql`(updated_at, parcel_id, stream) > (${after.updatedAt}, ${after.parcelId}, ${after.stream})`,
    ]),
  ];
  const { rows } = await sql<ParcelRow>`select * from ${tableAlong(db, index)} where ${sql.join(wanted, sql` and `)}
    order by ${order} limit ${limit}`.execute(db);
  return [...rows];
}

type Pair = Pick<ParcelRow, "type" | "statusCode">;

/** The types and status codes that there are and that the page is of; null where they are too many. */
async function pairsOf(db: Kysely<ParcelDatabase>, page: PageOfTenant): Promise<readonly Pair[] | null> {
  const { tenant, type: wantedType, statusCode: wantedCode } = page;
  const pairs: Pair[] = [];
  for await (const type of wantedType === undefined ? typesOf(db, tenant) : [wantedType]) {
    for await (const statusCode of wantedCode === undefined ? codesOf(db, tenant, type) : [wantedCode]) {
      if (pairs.length === MOST_KINDS) return null;
      pairs.push({ type, statusCode });
    }
  }
  return pairs;
}

/** Each is found by one look into the index. */
async function* typesOf(db: Kysely<ParcelDatabase>, tenant: string): AsyncGenerator<string> {
  for (let last = "";;) {
    const { rows: [next] } = await sql<{ type: string }>`select type from ${tableAlong(db, "parcels_by_type")}
      where tenant = ${tenant} and type > ${last} order by type limit 1`.execute(db);
    if (next === undefined) return;
    yield last = next.type;
  }
}

/** An empty one is one, too. */
async function* codesOf(db: Kysely<ParcelDatabase>, tenant: string, type: string): AsyncGenerator<string> {
  for (let last: string | null = null;;) {
    const beyond: RawBuilder<unknown> = last === null ? sql`` : sql` and status_code > ${last}`;
    const { rows: [next] } = await sql<{ statusCode: string }>`select status_code
      from ${tableAlong(db, "parcels_by_type")} where tenant = ${tenant} and type = ${type}${beyond}
      order by status_code limit 1`.execute(db);
    if (next === undefined) return;
    yield last = next.statusCode;
  }
}
