import { type Kysely, type RawBuilder, sql } from "kysely";
import { engineOf } from "../authoring.ts";
import type { ParcelDatabase, ParcelRow, StoredScan } from "./rows.ts";

/*
 * The rows of a page travel as one text, a list of lists of values, and one statement takes them apart. As a thousand row
 * operations they would be written as JSON, read and bound one by one, by the worker, the server and its writer.
 */

type Columns<Row> = readonly (readonly [name: keyof Row & string, type: "bigint" | "text"])[];

/** What a scan has in such a text, in this order. */
export const SCAN_COLUMNS = [
  ["parcelId", "bigint"],
  ["eventId", "bigint"],
  ["previousEventId", "bigint"],
  ["type", "text"],
  ["statusCode", "text"],
  ["runId", "text"],
  ["carrierId", "text"],
  ["userId", "text"],
  ["deviceId", "bigint"],
  ["deviceTransactionId", "bigint"],
  ["createdAt", "text"],
] as const satisfies Columns<StoredScan>;

/** The same of a parcel. */
export const PARCEL_COLUMNS = [
  ["parcelId", "bigint"],
  ["lastEventId", "bigint"],
  ["type", "text"],
  ["statusCode", "text"],
  ["runId", "text"],
  ["carrierId", "text"],
  ["createdAt", "text"],
  ["pickupAt", "text"],
  ["pickupEventId", "bigint"],
  ["deliveryAt", "text"],
  ["deliveryEventId", "bigint"],
] as const satisfies Columns<ParcelRow>;

export function scansText(scans: readonly Omit<StoredScan, "tenant" | "stream" | "receivedAt">[]): string {
  return JSON.stringify(scans.map((scan) => [
    scan.parcelId,
    scan.eventId,
    scan.previousEventId,
    scan.type,
    scan.statusCode,
    scan.runId,
    scan.carrierId,
    scan.userId,
    scan.deviceId,
    scan.deviceTransactionId,
    scan.createdAt,
  ]));
}

export function parcelsText(parcels: readonly Omit<ParcelRow, "tenant" | "stream" | "updatedAt">[]): string {
  return JSON.stringify(parcels.map((parcel) => [
    parcel.parcelId,
    parcel.lastEventId,
    parcel.type,
    parcel.statusCode,
    parcel.runId,
    parcel.carrierId,
    parcel.createdAt,
    parcel.pickupAt,
    parcel.pickupEventId,
    parcel.deliveryAt,
    parcel.deliveryEventId,
  ]));
}

/** Tenant and stream, the values of each row of a text, and an instant: what an insert takes its rows from. */
export function rowsOf(
  db: Kysely<ParcelDatabase>,
  { tenant, stream, rows, at }: { tenant: string; stream: string; rows: string; at: number },
  columns: Columns<ParcelRow> | Columns<StoredScan>,
): RawBuilder<never> {
  if (engineOf(db) === "postgres") {
    const values = sql.join(columns.map(([, type], index) => sql.raw(`(value ->> ${index})::${type}`)));
    return sql`select cast(${tenant} as text), cast(${stream} as text), ${values}, cast(${at} as bigint)
      from json_array_elements(cast(${rows} as json))`;
  }
  const values = sql.join(columns.map((_, index) => sql.raw(`value ->> ${index}`)));
  // As binary JSON a row is not parsed anew for each of its values. Without the condition SQLite takes "on conflict" for the
  // beginning of a join's.
  return sql`select ${tenant}, ${stream}, ${values}, ${at} from jsonb_each(${rows}) where true`;
}
