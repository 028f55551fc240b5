import { type Scan } from "./messages.ts";
import { type ScanEvent, scanEvent } from "./scan_event.ts";

/** An event that cannot be applied. */
export interface Malformed {
  /** Its JSON text, whole. */
  readonly raw: string;
  /** In words for people. */
  readonly reason: string;
}

/** An event of a page, with the id that it has its place by: its own, or, where that cannot be read, that of the one before. */
export type Judged = { readonly id: number } & ({ readonly scan: Scan } | { readonly malformed: Malformed });

/** A malformed event's id is believed up to so far beyond the others: it could make the stream skip what is still to come. */
const FARTHEST_ID = 1_000_000;

/** Tells the events that can be applied from those that cannot; in the order of their ids. `after` is known to be past. */
export function judgeEvents(events: readonly unknown[], { after }: { after: number }): readonly Judged[] {
  const judged: Judged[] = [];
  let id = after;
  let isInOrder = true;
  for (const event of events) {
    const one = judge(event, id);
    if (one.id < id) isInOrder = false;
    id = one.id;
    judged.push(one);
  }
  return isInOrder ? judged : judged.sort((one, other) => one.id - other.id);
}

/** Of one event alone. */
export function judgeEvent(event: unknown): { readonly scan: Scan } | { readonly malformed: Malformed } {
  const parsed = scanEvent.safeParse(event);
  if (parsed.success) return { scan: toScan(parsed.data) };
  const faults = parsed.error.issues.slice(0, 5)
    .map(({ path, message }) => `${path.length === 0 ? "the event" : path.join(".")}: ${message}`);
  return { malformed: { raw: JSON.stringify(event) ?? "null", reason: faults.join("; ") } };
}

function judge(event: unknown, before: number): Judged {
  const one = judgeEvent(event);
  return "scan" in one ? { id: one.scan.eventId, ...one } : { id: readableId(event, before), ...one };
}

function readableId(event: unknown, before: number): number {
  const id = typeof event === "object" && event !== null && "EventId" in event ? event.EventId : null;
  return Number.isSafeInteger(id) && id as number > 0 && id as number <= before + FARTHEST_ID ? id as number : before;
}

function toScan({ EventId, ParcelId, Type, CreatedDateTimeUtc, StatusCode, Device, User }: ScanEvent): Scan {
  return {
    eventId: EventId,
    parcelId: ParcelId,
    type: Type,
    statusCode: StatusCode,
    createdAt: CreatedDateTimeUtc,
    runId: User?.RunId ?? null,
    carrierId: User?.CarrierId ?? null,
    userId: User?.UserId ?? null,
    deviceId: Device?.DeviceId ?? null,
    deviceTransactionId: Device?.DeviceTransactionId ?? null,
  };
}
