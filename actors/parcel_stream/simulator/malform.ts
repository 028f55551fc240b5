import type { Random } from "../../../runtime/core/random.ts";
import type { SimulatedScan } from "./contract.ts";

type Malformed = (scan: SimulatedScan) => unknown;

const asObject = ({ eventId, parcelId, type, statusCode, createdAt }: SimulatedScan) => ({
  EventId: eventId,
  ParcelId: parcelId,
  Type: type,
  CreatedDateTimeUtc: createdAt,
  StatusCode: statusCode,
  Device: { DeviceTransactionId: 80_000 + eventId, DeviceId: 103 },
});

const without = (name: keyof ReturnType<typeof asObject>): Malformed => (scan) => {
  const { [name]: _, ...others } = asObject(scan);
  return others;
};

/** Ways in which an event can be none. */
const WAYS: readonly Malformed[] = [
  without("EventId"),
  without("ParcelId"),
  without("Type"),
  without("CreatedDateTimeUtc"),
  (scan) => ({ ...asObject(scan), EventId: String(scan.eventId) }),
  (scan) => ({ ...asObject(scan), EventId: -scan.eventId }),
  (scan) => ({ ...asObject(scan), EventId: scan.eventId + 0.5 }),
  (scan) => ({ ...asObject(scan), ParcelId: `P${scan.parcelId}` }),
  (scan) => ({ ...asObject(scan), ParcelId: null }),
  (scan) => ({ ...asObject(scan), Type: 3 }),
  (scan) => ({ ...asObject(scan), Type: "" }),
  (scan) => ({ ...asObject(scan), CreatedDateTimeUtc: "yesterday" }),
  (scan) => ({ ...asObject(scan), CreatedDateTimeUtc: "2021-02-31T25:61:00.0000000Z" }),
  (scan) => ({ ...asObject(scan), CreatedDateTimeUtc: 1_620_767_494_150 }),
  (scan) => ({ ...asObject(scan), StatusCode: { code: scan.statusCode } }),
  (scan) => ({ ...asObject(scan), Device: "scanner 103" }),
  () => null,
  (scan) => `scan ${scan.eventId} of ${scan.parcelId}`,
  (scan) => [scan.eventId, scan.parcelId, scan.type],
  (scan) => scan.eventId,
];

/** The event as JSON that is none of a scan event. */
export function malform(scan: SimulatedScan, random: Random): string {
  return JSON.stringify(WAYS[Math.floor(random.next() * WAYS.length)]!(scan));
}
