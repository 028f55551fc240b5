import type { StoredEvent } from "../store/contract.ts";
import { PAGE_BYTES, pageLength } from "./pages.ts";

/**
 * The newest events of one followed tenant: those that were shown, which readers may have, and those that were pushed
 * since, which they are told of together.
 */
export interface Tail {
  /** Grows with every `show`. */
  readonly version: number;
  push(events: readonly StoredEvent[]): void;
  /** All that was pushed may be had from now on. */
  show(): void;
  /**
   * A page of the shown events that follow number `cursor`: the same array to all who ask, until more is shown. Empty
   * when there are none; undefined when the tail does not reach back.
   */
  after(cursor: number): readonly StoredEvent[] | undefined;
}

const KEPT_EVENTS = 1_024;
const KEPT_BYTES = 1024 * 1024;
/** Readers who catch up are at places of their own. */
const PAGES_KEPT = 64;

export function createTail(): Tail {
  let events: StoredEvent[] = [];
  let bytes = 0;
  let version = 0;
  /** Number of the newest event that was shown. */
  let shown = 0;
  const pages = new Map<number, readonly StoredEvent[]>();

  const pageAfter = (cursor: number): readonly StoredEvent[] => {
    const index = cursor + 1 - events[0]!.number;
    const most = Math.min(pageLength(cursor), shown - cursor);
    let count = 0;
    for (let bytes = 0; count < most && bytes < PAGE_BYTES; count++) bytes += events[index + count]!.data.length;
    return events.slice(index, index + count);
  };
  return {
    get version() {
      return version;
    },
    push(pushed) {
      if (events.length > 0 && pushed[0]!.number !== events.at(-1)!.number + 1) [events, bytes] = [[], 0];
      for (const event of pushed) {
        events.push(event);
        bytes += event.data.length;
      }
      // Cut in halves, so that the cost of moving is spread over many pushes.
      while (events.length > 2 * KEPT_EVENTS || (bytes > 2 * KEPT_BYTES && events.length > 1)) {
        const dropped = events.splice(0, Math.ceil(events.length / 2));
        for (const event of dropped) bytes -= event.data.length;
      }
    },
    show() {
      shown = events.at(-1)?.number ?? shown;
      version++;
      pages.clear();
    },
    after(cursor) {
      const first = events[0]?.number;
      if (first === undefined || cursor + 1 < first) return undefined;
      if (cursor >= shown) return [];
      let page = pages.get(cursor);
      if (page === undefined) {
        if (pages.size === PAGES_KEPT) pages.clear();
        pages.set(cursor, page = pageAfter(cursor));
      }
      return page;
    },
  };
}
