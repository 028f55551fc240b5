import type { Scan } from "./messages.ts";

/** A scan on its way to a consumer: its values alone, as a page of 1,000 travels so with each commit. */
export type HandedScan = readonly [
  eventId: number,
  parcelId: number,
  type: string,
  statusCode: string,
  createdAt: string,
  runId: string | null,
  carrierId: string | null,
  userId: string | null,
  deviceId: number | null,
  deviceTransactionId: number | null,
];

export function handedScan(scan: Scan): HandedScan {
  return [
    scan.eventId,
    scan.parcelId,
    scan.type,
    scan.statusCode,
    scan.createdAt,
    scan.runId,
    scan.carrierId,
    scan.userId,
    scan.deviceId,
    scan.deviceTransactionId,
  ];
}

/** The scan that was handed on; it was judged where it came from, and nobody else sends any. */
export function scanFrom(handed: unknown): Scan {
  const [eventId, parcelId, type, statusCode, createdAt, runId, carrierId, userId, deviceId, deviceTransactionId] =
    handed as HandedScan;
  return { eventId, parcelId, type, statusCode, createdAt, runId, carrierId, userId, deviceId, deviceTransactionId };
}
