import { RuntimeError } from "../core/errors.ts";
import type { StoredEvent } from "./contract.ts";

/*
 * How events lie in the log: not each in a row of its own, whose place in a b-tree costs more than the event, but in
 * segments. A segment is a stretch of one tenant's events that one commit wrote, without a hole, as JSON text; `data`
 * is a text inside it, so it is read as it was written, byte for byte.
 *
 * Segments are written once and never changed. The trim mark may lie inside one: its events up to the mark are gone for
 * everybody who reads, and the row goes when the mark has passed its end.
 */

/** An event as a segment holds it; its number follows from its place. */
export type SegmentEvent = readonly [type: string, subject: string, at: number, data: string];

export interface Segment {
  /** Numbers of its first and last event. */
  readonly first: number;
  readonly last: number;
  /** JSON of its `SegmentEvent`s. */
  readonly events: string;
}

/** In events. */
export const LONGEST_SEGMENT = 128;
/** Counted as UTF-16 code units of what the events hold; a single event may be larger. */
const SEGMENT_CHARS = 64 * 1024;

/** As few segments as the bounds allow, in order; the events are numbered from `first` on. */
export function* segmentsOf(first: number, events: readonly SegmentEvent[]): Generator<Segment, void, void> {
  let [from, chars] = [0, 0];
  for (const [index, [type, subject, , data]] of events.entries()) {
    const size = type.length + subject.length + data.length;
    if (index > from && (index - from === LONGEST_SEGMENT || chars + size > SEGMENT_CHARS)) {
      yield segment(first, events, { from, to: index });
      [from, chars] = [index, 0];
    }
    chars += size;
  }
  if (from < events.length) yield segment(first, events, { from, to: events.length });
}

/**
 * Up to `limit` events that follow number `after`, from a tenant's segments in order; of those no more is taken than that
 * needs.
 * @throws {RuntimeError} `storage-corrupt` when a segment does not hold what it should
 */
export function eventsIn(segments: Iterable<Segment & { readonly trimmedTo: number }>, { after, limit }: {
  after: number;
  limit: number;
}): StoredEvent[] {
  const found: StoredEvent[] = [];
  if (limit <= 0) return found;
  for (const segment of segments) {
    const { first, last, trimmedTo } = segment;
    const events = parsed(segment);
    const skipped = Math.max(after, trimmedTo, first - 1);
    for (let number = skipped + 1; number <= last; number++) {
      const [type, subject, at, data] = events[number - first]!;
      found.push({ number, type, subject, at, data });
      if (found.length === limit) return found;
    }
  }
  return found;
}

function segment(first: number, events: readonly SegmentEvent[], { from, to }: { from: number; to: number }): Segment {
  const whole = from === 0 && to === events.length;
  return {
    first: first + from,
    last: first + to - 1,
    events: JSON.stringify(whole ? events : events.slice(from, to)),
  };
}

function parsed({ first, last, events }: Segment): readonly SegmentEvent[] {
  try {
    const read: readonly SegmentEvent[] = JSON.parse(events);
    if (read.length === last - first + 1) return read;
  } catch {
    // What is no JSON holds no events either.
  }
  throw new RuntimeError("storage-corrupt", `The log does not hold its events ${first} to ${last}`);
}
