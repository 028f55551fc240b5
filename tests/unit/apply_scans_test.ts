import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { applyScans, type ScannedParcel } from "../../actors/parcel_stream/apply_scans.ts";
import type { Scan } from "../../actors/parcel_stream/messages.ts";
import type { KnownParcel } from "../../actors/parcel_stream/queries.ts";
import { scanOf } from "../support/scan_events.ts";

/** The rows, as the writes merge them: on the database the same is tested there. */
class Rows {
  readonly rows = new Map<number, ScannedParcel>();
  readonly told: string[] = [];

  apply(scans: readonly Scan[]): void {
    const known = new Map([...this.rows].map(([id, row]): [number, KnownParcel] => [id, row]));
    const { parcels, changes, known: after } = applyScans(known, scans);
    for (const parcel of parcels) this.rows.set(parcel.parcelId, merged(this.rows.get(parcel.parcelId), parcel));
    for (const [id, parcel] of after) assert.deepEqual(parcel, pick(this.rows.get(id)!));
    this.told.push(...changes.map(({ type, scan }) => `${type} ${scan.eventId}`));
  }

  get all(): readonly ScannedParcel[] {
    return [...this.rows.values()].sort((one, other) => one.parcelId - other.parcelId);
  }
}

function merged(before: ScannedParcel | undefined, parcel: ScannedParcel): ScannedParcel {
  if (before === undefined) return parcel;
  const latest = parcel.lastEventId > before.lastEventId ? parcel : before;
  const first = (event: "pickupEventId" | "deliveryEventId") =>
    before[event] === null || (parcel[event] !== null && parcel[event]! < before[event]!) ? parcel : before;
  const { pickupAt, pickupEventId } = first("pickupEventId");
  const { deliveryAt, deliveryEventId } = first("deliveryEventId");
  return { ...latest, pickupAt, pickupEventId, deliveryAt, deliveryEventId };
}

function pick({ parcelId, lastEventId, type, statusCode, pickupEventId, deliveryEventId }: ScannedParcel): KnownParcel {
  return { parcelId, lastEventId, type, statusCode, pickupEventId, deliveryEventId };
}

/** What a parcel is by all its events: looked up, not followed. */
function oracle(scans: readonly Scan[]): readonly ScannedParcel[] {
  const sorted = scans.toSorted((one, other) => one.eventId - other.eventId);
  return [...new Set(sorted.map(({ parcelId }) => parcelId))].sort((one, other) => one - other).map((id) => {
    const own = sorted.filter(({ parcelId }) => parcelId === id);
    const { parcelId, eventId: lastEventId, type, statusCode, runId, carrierId, createdAt } = own.at(-1)!;
    const pickup = own.find(({ type }) => type === "PICKUP");
    const delivery = own.find(({ type }) => type === "DELIVERY");
    return {
      ...{ parcelId, lastEventId, type, statusCode, runId, carrierId, createdAt },
      pickupAt: pickup?.createdAt ?? null,
      pickupEventId: pickup?.eventId ?? null,
      deliveryAt: delivery?.createdAt ?? null,
      deliveryEventId: delivery?.eventId ?? null,
    };
  });
}

const events: fc.Arbitrary<Scan[]> = fc.array(
  fc.record({
    parcel: fc.integer({ min: 1, max: 4 }),
    type: fc.constantFrom("PICKUP", "STATUS", "DELIVERY", "WEIGHED"),
    statusCode: fc.constantFrom("", "DEPOT"),
  }),
  { minLength: 1, maxLength: 30 },
).map((all) => all.map(({ parcel, type, statusCode }, index) => scanOf(index + 1, parcel, type, statusCode)));

/** Cut into pages of any size. */
function pages(scans: readonly Scan[], cuts: readonly number[]): readonly (readonly Scan[])[] {
  const places = [...new Set(cuts.map((cut) => cut % (scans.length + 1)))].sort((one, other) => one - other);
  return [0, ...places].map((from, index) => scans.slice(from, places[index] ?? scans.length));
}

const cuts = fc.array(fc.nat(30), { maxLength: 6 });

Deno.test("applyScans() S1-11 leaves what all events make, in whatever order they come and however they are paged", () => {
  fc.assert(
    fc.property(events, cuts, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (scans, at, keys) => {
      const shuffled = scans.map((scan) => [keys.next().value as number, scan] as const)
        .toSorted(([one], [other]) => one - other).map(([, scan]) => scan);
      for (const order of [scans, shuffled]) {
        const rows = new Rows();
        for (const page of pages(order, at)) rows.apply(page);
        assert.deepEqual(rows.all, oracle(scans));
      }
    }),
  );
});

Deno.test("applyScans() S1-10 changes nothing and tells nothing of events that were applied before", () => {
  fc.assert(fc.property(events, cuts, events.map((all) => all.length), (scans, at, again) => {
    const rows = new Rows();
    for (const page of pages(scans, at)) rows.apply(page);
    const { all, told } = { all: rows.all, told: [...rows.told] };
    rows.apply(scans.slice(0, again));
    for (const page of pages(scans, at)) rows.apply([...page, ...page]);
    assert.deepEqual([rows.all, rows.told], [all, told]);
  }));
});

Deno.test("applyScans() tells each change in order, of one page as of many", () => {
  fc.assert(fc.property(events, cuts, (scans, at) => {
    const [whole, paged] = [new Rows(), new Rows()];
    whole.apply(scans);
    for (const page of pages(scans, at)) paged.apply(page);
    assert.deepEqual(whole.told, paged.told);
    const numbers = whole.told.map((told) => Number(told.split(" ")[1]));
    assert.deepEqual(numbers, [...new Set(numbers)].sort((one, other) => one - other));
  }));
});

Deno.test("applyScans() S1-5 S1-6 tells the first pickup, the first delivery and every other change of type or status", () => {
  const rows = new Rows();
  rows.apply([
    scanOf(1, 7, "STATUS", "NEW"),
    scanOf(2, 7, "PICKUP"),
    scanOf(3, 7, "PICKUP"),
    scanOf(4, 7, "STATUS", "DEPOT"),
    scanOf(5, 7, "STATUS", "DEPOT"),
    scanOf(6, 7, "STATUS", "VAN"),
    scanOf(7, 7, "DELIVERY"),
    scanOf(8, 7, "STATUS"),
    scanOf(9, 7, "DELIVERY"),
  ]);
  assert.deepEqual(rows.told, [
    "parcel.status-changed 1",
    "parcel.picked-up 2",
    "parcel.status-changed 4",
    "parcel.status-changed 6",
    "parcel.delivered 7",
    "parcel.status-changed 8",
    "parcel.status-changed 9",
  ]);
  // A pickup that comes late and is earlier moves it; it was told.
  rows.apply([scanOf(0, 7, "PICKUP")]);
  assert.equal(rows.told.length, 7);
  assert.deepEqual(rows.all.map(({ pickupEventId, lastEventId }) => [pickupEventId, lastEventId]), [[0, 9]]);
});

Deno.test("applyScans() tells of each event which was its parcel's last one until then, over pages, and of none that came late", () => {
  const first = applyScans(new Map(), [scanOf(1, 7), scanOf(2, 8), scanOf(3, 7), scanOf(3, 7)]);
  const next = applyScans(first.known, [scanOf(2, 7), scanOf(5, 7), scanOf(6, 9)]);
  assert.deepEqual(
    [...first.scans, ...next.scans].map(({ eventId, previousEventId }) => [eventId, previousEventId]),
    [[1, null], [2, null], [3, 1], [3, null], [2, null], [5, 3], [6, null]],
  );
});
