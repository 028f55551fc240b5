import type { Random } from "../../../runtime/core/random.ts";
import type { FaultProfile } from "./contract.ts";
import type { KeptEvents } from "./kept_events.ts";

export interface PageRequest {
  readonly fromEventId: number;
  readonly limit: number;
  /** Places from this one on do not exist yet. */
  readonly released: number;
}

export type PageFault = Extract<keyof FaultProfile, "duplicates" | "repeated" | "empty">;

const MOST_DUPLICATES = 5;
const [OPEN, COMMA, CLOSE] = ['{"ScanEvents":[', ",", "]}"].map((text) => new TextEncoder().encode(text)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

/** The page that is asked for, in pieces; never more than `limit` events, also of one that has some twice. */
export function pageOf(
  events: KeptEvents,
  { fromEventId, limit, released }: PageRequest,
  { fault, random }: { fault: PageFault | null; random: Random },
): readonly Uint8Array[] {
  const from = Math.min(events.placeOf(fromEventId), released);
  const until = Math.min(from + limit, released);
  switch (fault) {
    case null:
      return [OPEN, events.texts(from, until), CLOSE];
    case "empty":
      return [OPEN, CLOSE];
    case "repeated": {
      const before = Math.max(0, from - limit);
      return [OPEN, events.texts(before, Math.min(before + limit, released)), CLOSE];
    }
    case "duplicates": {
      const texts = withDuplicates(from, until, random).slice(0, limit).map((place) => events.texts(place, place + 1));
      return [OPEN, ...texts.flatMap((text, index) => index === 0 ? [text] : [COMMA, text]), CLOSE];
    }
  }
}

/** Some places come twice, the second time anywhere behind the first. */
function withDuplicates(from: number, until: number, random: Random): number[] {
  const below = (bound: number) => Math.floor(random.next() * bound);
  const places = Array.from({ length: until - from }, (_, index) => from + index);
  for (let left = Math.min(MOST_DUPLICATES, places.length); left > 0; left--) {
    const index = below(places.length);
    places.splice(index + 1 + below(places.length - index), 0, places[index]!);
  }
  return places;
}
