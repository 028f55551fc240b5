import type { Kysely } from "kysely";
import type { ParcelDatabase, ScanRow } from "./rows.ts";

/** Of one parcel of one stream, the latest event first; `before` is the event id that the page before ended with. */
export interface HistoryPage {
  readonly stream: string;
  readonly parcelId: number;
  readonly before?: number | undefined;
  readonly limit: number;
}

type Asked = HistoryPage & { readonly tenant: string };

const COLUMNS = [
  "scans.tenant",
  "scans.stream",
  "scans.parcelId",
  "scans.eventId",
  "scans.type",
  "scans.statusCode",
  "scans.runId",
  "scans.carrierId",
  "scans.userId",
  "scans.deviceId",
  "scans.deviceTransactionId",
  "scans.createdAt",
  "scans.receivedAt",
] as const;

/**
 * Scans have no index by parcel: each would have its place in a page of its own, so adding a page of a thousand would write
 * a thousand of these. Instead each leads to the one before it, from the parcel's last on; and the first of each parcel, and
 * the few that come later than a later one, have an index.
 */
export async function history(db: Kysely<ParcelDatabase>, page: Asked): Promise<readonly ScanRow[]> {
  const from = await startOf(db, page);
  const found = new Map<number, ScanRow>();
  if (from !== null) { for (const scan of await chain(db, page, from)) found.set(scan.eventId, scan); }
  for (const scan of await late(db, page)) found.set(scan.eventId, scan);
  return [...found.values()].sort((one, other) => other.eventId - one.eventId).slice(0, page.limit);
}

/** The event id to begin with: of the scan before the last one that was read, or of the parcel's last. */
async function startOf(db: Kysely<ParcelDatabase>, page: Asked): Promise<number | null> {
  const { tenant, stream, parcelId, before } = page;
  if (before !== undefined) {
    const read = await db.selectFrom("scans").select("previousEventId").where("tenant", "=", tenant)
      .where("stream", "=", stream).where("eventId", "=", before).where("parcelId", "=", parcelId).executeTakeFirst();
    if (read !== undefined && read.previousEventId !== null) return read.previousEventId;
  }
  const parcel = await db.selectFrom("parcels").select("lastEventId").where("tenant", "=", tenant)
    .where("stream", "=", stream).where("parcelId", "=", parcelId).executeTakeFirst();
  return parcel?.lastEventId ?? null;
}

async function chain(db: Kysely<ParcelDatabase>, page: Asked, from: number): Promise<readonly ScanRow[]> {
  const { tenant, stream, parcelId, before = Number.MAX_SAFE_INTEGER, limit } = page;
  return await db.withRecursive(
    "chain",
    (db) =>
      db.selectFrom("scans").select([...COLUMNS, "scans.previousEventId"]).where("tenant", "=", tenant)
        .where("stream", "=", stream).where("eventId", "=", from).where("parcelId", "=", parcelId)
        .unionAll(
          db.selectFrom("chain").innerJoin("scans", (join) =>
            join.onRef("scans.eventId", "=", "chain.previousEventId").on("scans.tenant", "=", tenant)
              .on("scans.stream", "=", stream).on("scans.parcelId", "=", parcelId))
            .select([...COLUMNS, "scans.previousEventId"]),
        ),
  ).selectFrom("chain").select(COLUMNS.map((name) => name.replace("scans.", "chain.") as Chained))
    .where("eventId", "<", before).limit(limit).execute() as readonly ScanRow[];
}

type Chained = typeof COLUMNS[number] extends `scans.${infer Name}` ? `chain.${Name}` : never;

async function late(db: Kysely<ParcelDatabase>, page: Asked): Promise<readonly ScanRow[]> {
  const { tenant, stream, parcelId, before = Number.MAX_SAFE_INTEGER, limit } = page;
  return await db.selectFrom("scans").select(COLUMNS).where("tenant", "=", tenant).where("stream", "=", stream)
    .where("parcelId", "=", parcelId).where("previousEventId", "is", null).where("eventId", "<", before)
    .orderBy("eventId", "desc").limit(limit).execute();
}
