import type { StoredEvent } from "../store/contract.ts";

export type Change = "more" | "ended";

/** The newest events of one followed tenant, and who waits for the next. */
export interface Tail {
  /** Grows with every push. */
  readonly version: number;
  readers: number;
  push(events: readonly StoredEvent[]): void;
  /** Up to `limit` events that follow number `cursor`; empty when it is the newest; undefined when the tail does not reach back. */
  after(cursor: number, limit: number): readonly StoredEvent[] | undefined;
  /** Waits until `version` is no longer `seen`, or until the signal aborts or the feed closes. */
  changed(seen: number, signal: AbortSignal): Promise<Change>;
  wakeAll(): void;
}

const KEPT_EVENTS = 1_024;
const KEPT_BYTES = 1024 * 1024;

export function createTail(): Tail {
  let events: StoredEvent[] = [];
  let bytes = 0;
  let version = 0;
  let closed = false;
  const waiting = new Set<(change: Change) => void>();
  const wake = (change: Change) => {
    const woken = [...waiting];
    waiting.clear();
    for (const resolve of woken) resolve(change);
  };
  const tail: Tail = {
    get version() {
      return version;
    },
    readers: 0,
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
      version++;
      wake("more");
    },
    after(cursor, limit) {
      const first = events[0]?.number;
      if (first === undefined || cursor + 1 < first) return undefined;
      return events.slice(cursor + 1 - first, cursor + 1 - first + limit);
    },
    changed(seen, signal) {
      if (closed || signal.aborted) return Promise.resolve("ended");
      if (version !== seen) return Promise.resolve("more");
      return new Promise((resolve) => {
        const settle = (change: Change) => {
          waiting.delete(settle);
          signal.removeEventListener("abort", onAbort);
          resolve(change);
        };
        const onAbort = () => settle("ended");
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.add(settle);
      });
    },
    wakeAll() {
      closed = true;
      wake("ended");
    },
  };
  return tail;
}
