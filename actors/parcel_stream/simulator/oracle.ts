import type { SimulatedParcel } from "./contract.ts";
import type { KeptEvent } from "./scans.ts";

type Draft = { -readonly [Name in keyof SimulatedParcel]: SimulatedParcel[Name] };

/**
 * How each parcel must be after these events, by its id. It stands on nothing of what applies them in the product: events come
 * here once and in order, so the last one is simply the newest.
 */
export function parcelsAfter(events: Iterable<KeptEvent>, upTo: number): SimulatedParcel[] {
  const parcels = new Map<number, Draft>();
  for (const { id, scan } of events) {
    if (id > upTo) break;
    if (scan === null) continue;
    const { eventId, parcelId, ...latest } = scan;
    const before = parcels.get(parcelId);
    const parcel = { parcelId, lastEventId: eventId, ...latest, ...firstsOf(before) };
    if (scan.type === "PICKUP") parcel.pickupAt ??= scan.createdAt;
    if (scan.type === "DELIVERY") parcel.deliveryAt ??= scan.createdAt;
    parcels.set(parcelId, parcel);
  }
  return [...parcels.values()].sort((one, other) => one.parcelId - other.parcelId);
}

function firstsOf(parcel: Draft | undefined): Pick<Draft, "pickupAt" | "deliveryAt"> {
  return { pickupAt: parcel?.pickupAt ?? null, deliveryAt: parcel?.deliveryAt ?? null };
}
