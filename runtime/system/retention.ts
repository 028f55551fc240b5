import type { Registry } from "../actor/registry.ts";
import { type CancelTimer, type Clock, every, sleep } from "../core/clock.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { EntryResult, LogMark, StorageRoom, StoreEntry, StoreReads, Write } from "../store/contract.ts";

const SWEEP_EVERY_MS = 5_000;
/** Rows of a slice at least, and of one that removes large chunks: so few take a few milliseconds. */
const SLICE_ROWS = 50;
const SLICE_EVENTS = 500;
/** For each entry that was committed meanwhile; a turn ends one job and adds two events or three, many of them to a row. */
const ROWS_PER_ENTRY = 1.5;
const EVENTS_PER_ENTRY = 20;
const MOST_ROWS = 4_000;
const MOST_EVENTS = 64_000;
/** Logs that one slice trims. */
const MOST_LOGS = 100;
const LOOSE_BLOB_MS = 24 * 60 * 60 * 1_000;
/** After a round that took a while the others get this many times as long, */
const REST = 4;
/** or until they have committed so many entries. */
const REST_ENTRIES = 256;
const NONE: ReadonlyMap<string, number> = new Map();

/** What is not kept for ever, and how it is removed. */
interface Remover {
  readonly what: string;
  write(now: number, limit: number): Write;
}

export interface RetentionOptions {
  readonly registry: Registry;
  readonly read: Pick<StoreReads, "longLogs">;
  /** As clearing: it is not turned away when the storage is short of room. */
  readonly commit: (entry: StoreEntry) => Promise<EntryResult>;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Newest events of a tenant that stay. */
  readonly eventsKept: number;
  /** Of tenants for which another number is said. */
  readonly ownEventsKept?: () => ReadonlyMap<string, number>;
  /** In ms, by period: `dead-letters`, and those that tables name for their sweeps. What is not here is kept for ever. */
  readonly keptMs: Readonly<Record<string, number>>;
  /** Of tenants for which another time is said, by the period that is asked for. */
  readonly ownKeptMs?: (period: string) => ReadonlyMap<string, number>;
  readonly room: () => StorageRoom;
  /** Of several nodes one is enough: asked before each sweep. Always by default. */
  readonly leads?: () => boolean;
}

export interface Retention {
  start(): void;
  /** Sweeps now: room is wanted. */
  hurry(): void;
  stop(): void;
}

/**
 * Removes what has been kept long enough: events beyond a tenant's newest, ended idempotency keys, uploads that never
 * ended or belong to nothing, dead letters, and the rows for which tables declare a sweep.
 *
 *   resting ──5 s, or room is wanted──► sweeping ──nothing is left──► resting      any ──stop()──► stopped
 *
 * A sweep is a number of rounds. A round commits a slice of each of these, together; what a slice found nothing of has
 * no part in the rounds that follow, until the next 5 s are over. On a node with little to do a slice is 50 rows, or 500 events: a few milliseconds of
 * the writer, which is then left to the others for four times as long as the round took.
 *
 * What is committed pays for the removal: a slice may have three rows for each two entries, and twenty events for each,
 * that the node has committed since the last round, up to 4,000 and 64,000; and the rest ends early when there were 256. A
 * job that ends is an entry that leaves one row and two events, so what is to be removed does not grow, however busy the
 * node is. It takes a sixth of the writer's time then, and a quarter while there is more to catch up with.
 *
 * When the storage is full it does not wait for anything: it is what makes room. Where there is nothing to remove, a slice
 * is a look into an index that writes nothing.
 */
export function createRetention(options: RetentionOptions): Retention {
  const { read, clock, diagnostics, eventsKept, ownEventsKept = () => NONE, room, leads = () => true } = options;
  const removers = removersOf(options);
  let cancel: CancelTimer = () => {};
  let unobserve = () => {};
  let state: "resting" | "sweeping" | "stopped" = "resting";
  /** Entries committed since the last round. */
  let meanwhile = 0;
  /** Ends a rest. */
  let enough = new AbortController();

  const commit = (writes: readonly Write[]) => options.commit({ tenant: "system", at: clock.now(), writes });
  const rest = async (ms: number) => {
    if (state !== "sweeping" || ms < 1 || meanwhile >= REST_ENTRIES || room() !== "ample") return;
    enough = new AbortController();
    await sleep(clock, ms, enough.signal).catch(() => {});
  };
  const trim = async (limit: number): Promise<boolean> => {
    const own = ownEventsKept();
    const logs = await read.longLogs(Math.min(eventsKept, ...own.values()));
    const trims = trimsOf(logs, { keptOf: (tenant) => own.get(tenant) ?? eventsKept, limit });
    if (trims.length === 0) return false;
    const result = await commit(trims);
    if (result.status !== "committed") return false;
    for (const { tenant, upTo } of trims) diagnostics.tell({ event: "events.trimmed", tenant, upTo });
    return true;
  };
  const remove = async ({ what, write }: Remover, limit: number): Promise<boolean> => {
    const result = await commit([write(clock.now(), limit)]);
    const rows = result.status === "committed" ? result.swept ?? 0 : 0;
    if (rows > 0) diagnostics.tell({ event: "rows.swept", what, rows });
    return rows > 0;
  };
  const slices: readonly Slice[] = [
    ({ events }) => trim(events),
    ...removers.map((remover): Slice => ({ rows }) => remove(remover, rows)),
  ];
  /** Those that take part in the next round. */
  const left = new Set<Slice>();
  const sweep = async () => {
    while (left.size > 0 && state === "sweeping") {
      const begunAt = clock.monotonic();
      const limits = {
        rows: between(SLICE_ROWS, Math.floor(meanwhile * ROWS_PER_ENTRY), MOST_ROWS),
        events: between(SLICE_EVENTS, meanwhile * EVENTS_PER_ENTRY, MOST_EVENTS),
      };
      meanwhile = 0;
      await Promise.all([...left].map(async (slice) => {
        if (!await slice(limits)) left.delete(slice);
      }));
      await rest((clock.monotonic() - begunAt) * REST);
    }
  };
  const begin = () => {
    if (state === "stopped" || !leads()) return;
    for (const slice of slices) left.add(slice);
    if (state === "sweeping") return;
    state = "sweeping";
    meanwhile = 0;
    // A sweep that the storage refuses is tried again with the next tick.
    sweep().catch(() => {}).finally(() => {
      if (state === "sweeping") state = "resting";
    });
  };
  return {
    start() {
      unobserve = diagnostics.observe((told) => {
        if (told.event !== "batch.committed") return;
        meanwhile += told.entries;
        if (meanwhile >= REST_ENTRIES && !enough.signal.aborted) enough.abort();
      });
      cancel = every(clock, SWEEP_EVERY_MS, begin);
    },
    hurry: begin,
    stop() {
      state = "stopped";
      enough.abort();
      cancel();
      unobserve();
    },
  };
}

/** Removes at most so many; answers whether there may be more. */
type Slice = (limits: { readonly rows: number; readonly events: number }) => Promise<boolean>;

type Trim = Extract<Write, { readonly write: "trim" }>;

/** A slice of `limit` events, of the logs that are longest beyond what is kept. */
function trimsOf(
  logs: readonly { readonly tenant: string; readonly mark: LogMark }[],
  { keptOf, limit }: { keptOf: (tenant: string) => number; limit: number },
): Trim[] {
  const trims: Trim[] = [];
  let left = limit;
  const long = logs.map(({ tenant, mark }) => ({ tenant, mark, excess: mark.last - keptOf(tenant) - mark.trimmedTo }));
  for (const { tenant, mark, excess } of long.toSorted((one, other) => other.excess - one.excess)) {
    if (left === 0 || excess <= 0 || trims.length === MOST_LOGS) break;
    const events = Math.min(left, excess);
    trims.push({ write: "trim", tenant, upTo: mark.trimmedTo + events });
    left -= events;
  }
  return trims;
}

function between(least: number, wanted: number, most: number): number {
  return Math.min(Math.max(least, wanted), most);
}

/** Before which rows are old, of tenants with a time of their own. */
function ownInstants(kept: ReadonlyMap<string, number>, now: number): { readonly own?: string } {
  if (kept.size === 0) return {};
  return { own: JSON.stringify(Object.fromEntries([...kept].map(([tenant, ms]) => [tenant, now - ms]))) };
}

function removersOf({ registry, keptMs, ownKeptMs = () => NONE }: RetentionOptions): Remover[] {
  // Of a write that removes two things, one is left alone: uploads, which go chunk by chunk, have slices of their own.
  const removers: Remover[] = [{
    what: "keys",
    write: (now, limit) => ({ write: "sweep", now, blobsBefore: 0, limit }),
  }, {
    what: "uploads",
    write: (now) => ({ write: "sweep", now: 0, blobsBefore: now - LOOSE_BLOB_MS, limit: SLICE_ROWS }),
  }, {
    what: "blobs",
    write: (now) => ({ write: "sweep-blobs", now, before: now - LOOSE_BLOB_MS, limit: SLICE_ROWS }),
  }];
  const { "dead-letters": lettersMs } = keptMs;
  if (lettersMs !== undefined) {
    removers.push({
      what: "dead-letters",
      write: (now, limit) => ({ write: "sweep-letters", before: now - lettersMs, limit }),
    });
  }
  for (const { name: tables, sweeps } of registry.tables.values()) {
    for (const [sweep, { period }] of sweeps.entries()) {
      const ms = keptMs[period];
      if (ms === undefined) continue;
      const write = (now: number, limit: number): Write => ({
        write: "sweep-rows",
        tables,
        sweep,
        before: now - ms,
        limit,
        ...ownInstants(ownKeptMs(period), now),
      });
      removers.push({ what: tables, write });
    }
  }
  return removers;
}
