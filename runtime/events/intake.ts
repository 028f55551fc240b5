import type { Clock } from "../core/clock.ts";
import type { LogMark, StoredEvent, StoreReads } from "../store/contract.ts";
import type { ReadingSlots } from "./reading_slots.ts";
import type { Tail } from "./tail.ts";

/** How the events of a followed tenant come into its tail. */
export interface Intake {
  /** Of one commit of this node, in commit order. */
  committed(events: readonly StoredEvent[]): void;
  /** Others may have committed events. */
  news(): void;
  /** Number `last` has been committed, and perhaps more. */
  seen(last: number): void;
  /** Where the log stands, at this call or later. */
  mark(): Promise<LogMark>;
  /** Tells those who wait to try again in a while; false where nobody tries again. */
  retryLater(): boolean;
  close(): void;
}

export interface IntakeOptions {
  readonly tenant: string;
  readonly read: StoreReads;
  readonly clock: Clock;
  readonly tail: Tail;
  /** For the reads of all tenants. */
  readonly slots: ReadingSlots;
  /** There is something for those who wait. */
  readonly told: () => void;
}

/** Of a store that is this node's alone: what it commits is all there is. */
export function createOwnIntake({ tenant, read, tail, told }: IntakeOptions): Intake {
  return {
    committed(events) {
      tail.push(events);
      told();
    },
    news() {},
    seen() {},
    mark: () => read.logMark(tenant),
    retryLater: () => false,
    close() {},
  };
}

/** What is read at once: so one read a pace keeps up with 50,000 events/s. */
const READ_EVENTS = 1_024;
/** What a read of a tenant costs: so there are 50 a second while it is not behind. */
const PACE_MS = 20;
/** Of that on credit, so that seldom news is read at once. */
const CREDIT_MS = 100;
const RETRY_MS = 1_000;
/** Own events that wait for what lies before them; beyond that they are read like others'. */
const HELD_EVENTS = 2_048;
const HELD_BYTES = 1024 * 1024;

/*
 * Of a log that other nodes write too. The tail is filled up to `end`, without a hole; what is known to lie beyond is
 * `wanted`, and what may lie there is `asked` for.
 *
 *   idle ──beyond end, or news──► owed ──pace, slot──► reading ──whole page──► owed
 *                                                         └──rest──► idle;  cannot be read ──1 s──► owed
 *
 * An own commit that follows `end` goes into the tail without a read. One with others' commits before it is held until those
 * are read, and goes in behind them. However fast commits alternate, there is one read under way and 50 a second, each of
 * all that is there by then; after a rest the first few go at once.
 */
export function createSharedIntake({ tenant, read, clock, tail, slots, told }: IntakeOptions): Intake {
  /** Null while nothing is known of the log. */
  let end: number | null = null;
  let wanted = 0;
  let asked = false;
  let held: (readonly StoredEvent[])[] = [];
  let heldEvents = 0;
  let heldBytes = 0;
  let status: "idle" | "owed" | "reading" | "closed" = "idle";
  let paidAt = -Infinity;
  let cancelRead = () => {};
  let cancelRetry: (() => void) | null = null;
  const marks = createMarks(() => read.logMark(tenant));

  const take = (events: readonly StoredEvent[]) => {
    const known = end === null ? 0 : Math.max(0, end + 1 - events[0]!.number);
    if (known >= events.length) return;
    const fresh = known === 0 ? events : events.slice(known);
    tail.push(fresh);
    end = fresh.at(-1)!.number;
    told();
  };
  const hold = (events: readonly StoredEvent[]) => {
    held.push(events);
    heldEvents += events.length;
    heldBytes += bytesOf(events);
    if (heldEvents > HELD_EVENTS || heldBytes > HELD_BYTES) letGo();
  };
  const letGo = () => [held, heldEvents, heldBytes] = [[], 0, 0];
  const takeHeld = () => {
    while (held.length > 0 && held[0]![0]!.number <= end! + 1) {
      const events = held.shift()!;
      heldEvents -= events.length;
      heldBytes -= bytesOf(events);
      take(events);
    }
  };
  const isBehind = () => end !== null && (asked || wanted > end);
  const owe = () => {
    if (status !== "idle" || !isBehind()) return;
    status = "owed";
    const inMs = paidAt - clock.monotonic();
    if (inMs > 0) cancelRead = clock.after(inMs, () => slots.enter(readOn));
    else slots.enter(readOn);
  };
  const readOn = async () => {
    if (status !== "owed") return;
    // What was held back may have come in meanwhile, by own commits.
    if (!isBehind()) status = "idle";
    else {
      status = "reading";
      paidAt = Math.max(paidAt, clock.monotonic() - CREDIT_MS) + PACE_MS;
      asked = false;
      await fill(end!).catch(() => {
        asked = true;
        paidAt = clock.monotonic() + RETRY_MS;
      });
      if (isClosed()) return;
      status = "idle";
    }
    owe();
  };
  const isClosed = () => (status as string) === "closed";
  const fill = async (after: number) => {
    const known = wanted;
    const page = await read.events(tenant, { after, limit: READ_EVENTS });
    if (isClosed()) return;
    if (page.length === READ_EVENTS) paidAt = -Infinity;
    if (page.length > 0) take(page);
    // What was to be read has been trimmed away.
    else end = Math.max(end!, known);
    takeHeld();
  };

  return {
    committed(events) {
      if (end === null || events[0]!.number <= end + 1) {
        take(events);
        takeHeld();
      } else {
        wanted = Math.max(wanted, events.at(-1)!.number);
        hold(events);
        owe();
      }
    },
    news() {
      if (end === null) return told();
      asked = true;
      owe();
    },
    seen(last) {
      end ??= last;
      wanted = Math.max(wanted, last);
      owe();
    },
    mark: marks,
    retryLater() {
      cancelRetry ??= clock.after(RETRY_MS, () => {
        cancelRetry = null;
        told();
      });
      return true;
    },
    close() {
      status = "closed";
      cancelRead();
      cancelRetry?.();
    },
  };
}

function bytesOf(events: readonly StoredEvent[]): number {
  return events.reduce((bytes, { data }) => bytes + data.length, 0);
}

/** One read for all who ask while another is under way, begun after they have asked. */
function createMarks(read: () => Promise<LogMark>): () => Promise<LogMark> {
  let current: Promise<LogMark> | null = null;
  let next: Promise<LogMark> | null = null;
  const begin = (): Promise<LogMark> => {
    const mine = read().finally(() => {
      if (current === mine) current = null;
    });
    return current = mine;
  };
  return () => {
    if (current === null) return begin();
    const over = () => {
      next = null;
      return begin();
    };
    return next ??= current.then(over, over);
  };
}
