import type { Scan } from "../../actors/parcel_stream/messages.ts";

/** An event as a source writes it. */
export function scanEventOf(
  EventId: number,
  ParcelId: number,
  { Type = "STATUS", StatusCode = "", ...rest }: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    EventId,
    ParcelId,
    Type,
    CreatedDateTimeUtc: `2021-05-11T21:11:34.${String(EventId).padStart(7, "0")}Z`,
    StatusCode,
    Device: { DeviceTransactionId: 83_269, DeviceId: 103 },
    User: { UserId: "NC1001", CarrierId: "NC", RunId: "100" },
    ...rest,
  };
}

/** The same, as it is applied. */
export function scanOf(eventId: number, parcelId: number, type = "STATUS", statusCode = ""): Scan {
  return {
    eventId,
    parcelId,
    type,
    statusCode,
    createdAt: `2021-05-11T21:11:34.${String(eventId).padStart(7, "0")}Z`,
    runId: "100",
    carrierId: "NC",
    userId: "NC1001",
    deviceId: 103,
    deviceTransactionId: 83_269,
  };
}

/** A page. */
export function pageOf(...events: readonly unknown[]): { readonly ScanEvents: readonly unknown[] } {
  return { ScanEvents: events };
}

/** Answers as a source does that has these events: from the id that is asked for on, at most so many. */
export function sourcePage(events: readonly unknown[], url: URL): { readonly ScanEvents: readonly unknown[] } {
  const from = Number(url.searchParams.get("FromEventId"));
  const limit = Number(url.searchParams.get("Limit"));
  return pageOf(...events.filter((event) => (event as { EventId: number }).EventId >= from).slice(0, limit));
}
