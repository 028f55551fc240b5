import type { StoredEvent, StoreReads } from "../store/contract.ts";

/** What a reader takes at a time: a reader that stops reading keeps it. */
export const PAGE_EVENTS = 256;
/** In UTF-16 code units of their data. */
export const PAGE_BYTES = 64 * 1024;

/** Pages end at the same numbers wherever readers began, so that those who catch up meet. */
export function pageLength(cursor: number): number {
  return PAGE_EVENTS - cursor % PAGE_EVENTS;
}

/** A page of the log that is being read, or was. */
export interface Reading {
  /** Of the tail, when the reading began. */
  readonly version: number;
  readonly events: Promise<readonly StoredEvent[]>;
}

/** One tenant's log as it is read for those whom the tail does not reach: once for those who ask about the same time. */
export interface Pages {
  /** What follows number `cursor`; empty when that is nothing. */
  after(cursor: number, version: number): Reading;
}

/** Whole pages change no more; a few light ones are kept for those who come to the same place a little later. */
const PAGES_KEPT = 16;

export function createPages(read: StoreReads, tenant: string): Pages {
  const readings = new Map<number, Reading>();
  const isKept = (events: readonly StoredEvent[], limit: number) =>
    events.length === limit && events.reduce((bytes, { data }) => bytes + data.length, 0) <= PAGE_BYTES;
  const readOn = async (cursor: number): Promise<readonly StoredEvent[]> => {
    const limit = pageLength(cursor);
    let kept = false;
    try {
      const events = await read.events(tenant, { after: cursor, limit });
      kept = isKept(events, limit);
      return events;
    } finally {
      if (!kept) readings.delete(cursor);
    }
  };
  return {
    after(cursor, version) {
      let reading = readings.get(cursor);
      if (reading === undefined) {
        if (readings.size === PAGES_KEPT) readings.delete(readings.keys().next().value!);
        readings.set(cursor, reading = { version, events: readOn(cursor) });
      }
      return reading;
    },
  };
}
