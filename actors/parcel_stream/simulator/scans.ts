import type { Random } from "../../../runtime/core/random.ts";
import type { SimulatedScan } from "./contract.ts";
import { malform } from "./malform.ts";

/** An event as the source keeps it. */
export interface KeptEvent {
  /** By which the source orders and finds it, whatever its text says. */
  readonly id: number;
  /** JSON. */
  readonly text: string;
  /** Null: it is malformed. */
  readonly scan: SimulatedScan | null;
}

export interface ScanOptions {
  readonly random: Random;
  readonly events: number;
  readonly parcels: number;
  readonly malformedPerMille: number;
  readonly holesPerMille: number;
  readonly firstEventAt: number;
  readonly eventEveryMs: number;
}

/** What a parcel's next event may be, by what it has had. */
interface Course {
  pickedUp: boolean;
  delivered: boolean;
}

const FIRST_PARCEL = 5_000;
const STATUS_CODES = ["IN-TRANSIT", "AT-DEPOT", "OUT-FOR-DELIVERY", "NOT-HOME", "DAMAGED", ""];
const CARRIERS = ["NC", "PH", "CP", "NZ"];
const RUNS = 40;
/** An event may bear a date so much older than its neighbours have: what counts is its id. */
const LATENESS_MS = 90_000;
const MINUTE_MS = 60_000;

/** The events of a source in the order of their ids, from the same random numbers always the same; the last is well formed. */
export function* simulatedScans(options: ScanOptions): Generator<KeptEvent> {
  const { random, events, parcels, malformedPerMille, holesPerMille, firstEventAt, eventEveryMs } = options;
  const below = (bound: number) => Math.floor(random.next() * bound);
  const happens = (perMille: number) => random.next() * 1_000 < perMille;
  const courses = new Map<number, Course>();
  const dates = createDates();
  let id = 0;
  for (let number = 0; number < events; number++) {
    id++;
    while (happens(holesPerMille)) id++;
    const parcelId = FIRST_PARCEL + below(parcels);
    const course = courses.get(parcelId) ?? { pickedUp: false, delivered: false };
    const type = nextType(course, random);
    const lateMs = happens(100) ? below(LATENESS_MS) : 0;
    const at = firstEventAt + Math.round((number + random.next()) * eventEveryMs) - lateMs;
    const isAnonymous = happens(20);
    const scan: SimulatedScan = {
      eventId: id,
      parcelId,
      type,
      statusCode: type === "STATUS" ? STATUS_CODES[below(STATUS_CODES.length)]! : "",
      createdAt: `${dates(at)}${String(below(10_000)).padStart(4, "0")}Z`,
      runId: isAnonymous || happens(30) ? null : String(100 + below(RUNS)),
      carrierId: isAnonymous ? null : CARRIERS[parcelId % CARRIERS.length]!,
    };
    const isMalformed = number < events - 1 && happens(malformedPerMille);
    if (isMalformed) {
      yield { id, text: malform(scan, random), scan: null };
      continue;
    }
    courses.set(parcelId, {
      pickedUp: course.pickedUp || type === "PICKUP",
      delivered: course.delivered || type === "DELIVERY",
    });
    yield { id, text: textOf(scan, { isAnonymous }), scan };
  }
}

/** PICKUP, STATUS and DELIVERY as parcels have them, and now and then what should not be. */
function nextType({ pickedUp, delivered }: Course, random: Random): string {
  const roll = random.next();
  if (!pickedUp) return roll < 0.9 ? "PICKUP" : "STATUS";
  if (roll < 0.04) return "PICKUP";
  if (roll < 0.06) return "WEIGHED";
  if (roll < (delivered ? 0.08 : 0.16)) return "DELIVERY";
  return "STATUS";
}

function textOf(scan: SimulatedScan, { isAnonymous }: { isAnonymous: boolean }): string {
  const { eventId, parcelId, type, statusCode, createdAt, runId, carrierId } = scan;
  const head = `{"EventId":${eventId},"ParcelId":${parcelId},"Type":"${type}","CreatedDateTimeUtc":"${createdAt}",` +
    `"StatusCode":${statusCode === "" && eventId % 7 === 0 ? "null" : `"${statusCode}"`}`;
  if (isAnonymous) return eventId % 2 === 0 ? `${head}}` : `${head},"Device":null,"User":null}`;
  const device = `"Device":{"DeviceTransactionId":${80_000 + eventId},"DeviceId":${100 + parcelId % 60}}`;
  const run = runId === null ? "" : `,"RunId":"${runId}"`;
  return `${head},${device},"User":{"UserId":"${carrierId}${1_000 + eventId % 300}","CarrierId":"${carrierId}"${run}}}`;
}

/** ISO dates without what follows the milliseconds; the minute is kept, as most events share one with the event before. */
function createDates(): (at: number) => string {
  let minute = NaN;
  let prefix = "";
  return (at) => {
    const own = Math.floor(at / MINUTE_MS);
    if (own !== minute) prefix = new Date(own * MINUTE_MS).toISOString().slice(0, "2021-05-11T21:11:".length);
    minute = own;
    const ms = at - own * MINUTE_MS;
    return `${prefix}${String(Math.floor(ms / 1_000)).padStart(2, "0")}.${String(ms % 1_000).padStart(3, "0")}`;
  };
}
