import { z } from "@hono/zod-openapi";
import type { ParcelRow, ScanRow } from "../actors/parcel_stream/rows.ts";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { tenantQuery } from "./access/named_tenant.ts";
import { iso } from "./instant.ts";
import { mustFollowParcels } from "./parcel_streams_view.ts";

/** What cannot be one answers 404 like any other unknown parcel. */
export const parcelParams = z.object({
  id: z.string().regex(/^(0|[1-9]\d{0,15})$/).refine((id) => Number.isSafeInteger(Number(id))).openapi({
    description: "Of the parcel, as its source numbers it",
    example: "5002",
  }),
});

export const ofStream = {
  tenant: tenantQuery,
  stream: z.string().max(100).optional().openapi({
    description: "As this stream knows it; by default, where several do, as the one that heard of it last",
    example: "north-depot",
  }),
};

const written = z.string().openapi({ example: "2021-05-11T21:11:34.1506147Z" });

/** A parcel as it reads on the wire. */
export const parcelView = z.object({
  parcelId: z.number().int().openapi({ description: "As the source numbers it", example: 5002 }),
  stream: z.string().openapi({ description: "That knows of it", example: "north-depot" }),
  lastEventId: z.number().int().openapi({ description: "Of the event that made it what it is" }),
  type: z.string().openapi({
    description: "Of that event: `PICKUP`, `STATUS`, `DELIVERY`, or others",
    example: "STATUS",
  }),
  statusCode: z.string().openapi({ description: "Of its last event; empty where that has none" }),
  runId: z.string().nullable().openapi({ description: "Of its last event", example: "100" }),
  carrierId: z.string().nullable().openapi({ description: "Of its last event", example: "NC" }),
  createdAt: written.openapi({ description: "When that event happened; like all instants as the source wrote it" }),
  pickupAt: written.nullable().openapi({ description: "When the first pickup by event id happened" }),
  deliveryAt: written.nullable().openapi({ description: "When the first delivery by event id happened" }),
}).openapi("Parcel");

export type ParcelView = z.infer<typeof parcelView>;

/** An event of a parcel as it reads on the wire. */
export const scanView = z.object({
  eventId: z.number().int().openapi({ description: "Of the source, growing" }),
  type: z.string().openapi({ description: "Types may grow", example: "PICKUP" }),
  statusCode: z.string().openapi({ description: "Empty where the event has none" }),
  runId: z.string().nullable().openapi({ description: "The run on which it was scanned" }),
  carrierId: z.string().nullable().openapi({ description: "Whose user scanned it" }),
  userId: z.string().nullable().openapi({ description: "Who scanned it" }),
  deviceId: z.number().int().nullable().openapi({ description: "What scanned it" }),
  deviceTransactionId: z.number().int().nullable().openapi({ description: "The device's own number of the scan" }),
  createdAt: written.openapi({ description: "When it happened, as the source wrote it" }),
  receivedAt: z.iso.datetime().openapi({ description: "When it came here" }),
}).openapi("Scan");

export function viewOfParcel(row: ParcelRow): ParcelView {
  const { parcelId, stream, lastEventId, type, statusCode, runId, carrierId, createdAt, pickupAt, deliveryAt } = row;
  return { parcelId, stream, lastEventId, type, statusCode, runId, carrierId, createdAt, pickupAt, deliveryAt };
}

export function viewOfScan(row: ScanRow): z.infer<typeof scanView> {
  const { eventId, type, statusCode, runId, carrierId, userId, deviceId, deviceTransactionId, createdAt } = row;
  return {
    ...{ eventId, type, statusCode, runId, carrierId, userId, deviceId, deviceTransactionId, createdAt },
    receivedAt: iso(row.receivedAt),
  };
}

/** @throws {RuntimeError} `not-found` when none of the tenant's streams, or not this one, knows of it */
export async function parcelOf(
  system: System,
  tenant: string,
  { id, stream }: { readonly id: string; readonly stream?: string | undefined },
): Promise<ParcelRow> {
  mustFollowParcels(system);
  const all = await system.query(tenant, parcelTables.queries.parcel, { parcelId: Number(id) });
  const asked = stream === undefined ? all : all.filter((row) => row.stream === stream);
  const [latest] = asked.toSorted((one, other) => other.updatedAt - one.updatedAt);
  if (latest === undefined) throw new RuntimeError("not-found", "There is no such parcel");
  return latest;
}
