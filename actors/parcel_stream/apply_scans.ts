import type { Scan } from "./messages.ts";
import type { KnownParcel } from "./queries.ts";
import type { ParcelRow } from "./rows.ts";

/** What events make of a parcel: alone, so it is merged with what is there, by event id. */
export type ScannedParcel = Omit<ParcelRow, "tenant" | "stream" | "updatedAt">;

/** A change that people are told of. */
export interface ParcelChange {
  readonly type: "parcel.picked-up" | "parcel.delivered" | "parcel.status-changed";
  readonly scan: Scan;
}

/** An event, and the one that was its parcel's last until then; null for the first, and for one that came too late. */
export type AppliedScan = Scan & { readonly previousEventId: number | null };

export interface Applied {
  /** All, in the order of their ids. */
  readonly scans: readonly AppliedScan[];
  /** Those that the events change. */
  readonly parcels: readonly ScannedParcel[];
  /** In the order of the events; at most one for each. */
  readonly changes: readonly ParcelChange[];
  /** The parcels that have changed, as they are known from now on. */
  readonly known: ReadonlyMap<number, KnownParcel>;
}

/**
 * Applies events to parcels, of which `known` has all that there are; pure. An event that is older than a parcel's last one,
 * or that one itself, changes nothing but for the pickup or the delivery, which are the first of their kind by event id. So
 * the parcels are the same in whatever order events are applied, and however often; what is told in between is not, since it
 * says what changed then.
 */
export function applyScans(known: ReadonlyMap<number, KnownParcel>, scans: readonly Scan[]): Applied {
  const parcels = new Map<number, ScannedParcel>();
  const after = new Map<number, KnownParcel>();
  const changes: ParcelChange[] = [];
  const applied: AppliedScan[] = [];
  for (const scan of isInOrder(scans) ? scans : scans.toSorted((one, other) => one.eventId - other.eventId)) {
    const { parcelId } = scan;
    const before = after.get(parcelId) ?? known.get(parcelId);
    const next = scanned(before, scan);
    const isLatest = before !== undefined && scan.eventId > before.lastEventId;
    applied.push({ ...scan, previousEventId: isLatest ? before.lastEventId : null });
    if (next === before) continue;
    after.set(parcelId, next);
    parcels.set(parcelId, folded(parcels.get(parcelId), scan));
    const type = changeOf(before, next);
    if (type !== null) changes.push({ type, scan });
  }
  return { scans: applied, parcels: [...parcels.values()], changes, known: after };
}

function isInOrder(scans: readonly Scan[]): boolean {
  return scans.every(({ eventId }, index) => index === 0 || eventId >= scans[index - 1]!.eventId);
}

/** The parcel after the event; the very same where that changes nothing. */
function scanned(parcel: KnownParcel | undefined, { eventId, parcelId, type, statusCode }: Scan): KnownParcel {
  const isLatest = parcel === undefined || eventId > parcel.lastEventId;
  const isPickup = type === "PICKUP" && isFirst(parcel?.pickupEventId, eventId);
  const isDelivery = type === "DELIVERY" && isFirst(parcel?.deliveryEventId, eventId);
  if (!isLatest && !isPickup && !isDelivery) return parcel;
  return {
    parcelId,
    lastEventId: isLatest ? eventId : parcel.lastEventId,
    type: isLatest ? type : parcel.type,
    statusCode: isLatest ? statusCode : parcel.statusCode,
    pickupEventId: isPickup ? eventId : parcel?.pickupEventId ?? null,
    deliveryEventId: isDelivery ? eventId : parcel?.deliveryEventId ?? null,
  };
}

function isFirst(known: number | null | undefined, eventId: number): boolean {
  return known === null || known === undefined || eventId < known;
}

/** A pickup that turns out to be earlier than was known is no news. */
function changeOf(before: KnownParcel | undefined, next: KnownParcel): ParcelChange["type"] | null {
  if (next.pickupEventId !== null && (before?.pickupEventId ?? null) === null) return "parcel.picked-up";
  if (next.deliveryEventId !== null && (before?.deliveryEventId ?? null) === null) return "parcel.delivered";
  const isSame = before !== undefined && before.type === next.type && before.statusCode === next.statusCode;
  return isSame ? null : "parcel.status-changed";
}

/** Events come in order, so the first pickup to come is the earliest. */
function folded(parcel: ScannedParcel | undefined, scan: Scan): ScannedParcel {
  const { eventId, parcelId, type, statusCode, runId, carrierId, createdAt } = scan;
  const isPickup = type === "PICKUP" && (parcel?.pickupEventId ?? null) === null;
  const isDelivery = type === "DELIVERY" && (parcel?.deliveryEventId ?? null) === null;
  return {
    parcelId,
    lastEventId: eventId,
    type,
    statusCode,
    runId,
    carrierId,
    createdAt,
    pickupAt: isPickup ? createdAt : parcel?.pickupAt ?? null,
    pickupEventId: isPickup ? eventId : parcel?.pickupEventId ?? null,
    deliveryAt: isDelivery ? createdAt : parcel?.deliveryAt ?? null,
    deliveryEventId: isDelivery ? eventId : parcel?.deliveryEventId ?? null,
  };
}
