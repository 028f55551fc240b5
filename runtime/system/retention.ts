import type { Registry } from "../actor/registry.ts";
import { type CancelTimer, type Clock, every, sleep } from "../core/clock.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { EntryResult, StorageRoom, StoreEntry, StoreReads, Write } from "../store/contract.ts";

const SWEEP_EVERY_MS = 5_000;
/** Rows of one slice: few enough that who commits next hardly waits longer than without it. */
const SLICE_ROWS = 50;
const SLICE_EVENTS = 500;
const LOOSE_BLOB_MS = 24 * 60 * 60 * 1_000;
/** After a slice that took a while the others get this many times as long. */
const REST = 4;
/** Waiting entries that make the committer busy, and how long a slice lets them go first. */
const BUSY_ENTRIES = 512;
const BUSY_PAUSE_MS = 50;
const BUSY_AT_MOST_MS = 1_000;

/** What is not kept for ever, and how it is removed. */
interface Remover {
  readonly what: string;
  write(now: number): Write;
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
  /** In ms, by period: `dead-letters`, and those that tables name for their sweeps. What is not here is kept for ever. */
  readonly keptMs: Readonly<Record<string, number>>;
  /** Entries that wait for the committer. */
  readonly queued: () => number;
  readonly room: () => StorageRoom;
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
 *   resting ──5 s, or room is wanted──► sweeping ──a round removed nothing──► resting      any ──stop()──► stopped
 *
 * A round is a slice of each, and each slice a commit of its own that takes a few milliseconds; between slices the
 * writer is left to the others for four times as long, and while many entries wait they go first, for up to a second: so
 * a sweep takes a fifth of the writer's time at most, and goes on, slowly, however busy the node is. When the storage is
 * full it does not wait for anything: it is what makes room. Where there is nothing to remove, a slice is a look into an
 * index that writes nothing.
 */
export function createRetention(options: RetentionOptions): Retention {
  const { read, clock, diagnostics, eventsKept, queued, room } = options;
  const removers = removersOf(options);
  const stopping = new AbortController();
  let cancel: CancelTimer = () => {};
  let state: "resting" | "sweeping" | "stopped" = "resting";

  const calm = async () => {
    const until = clock.monotonic() + BUSY_AT_MOST_MS;
    while (queued() >= BUSY_ENTRIES && room() === "ample" && clock.monotonic() < until) {
      await sleep(clock, BUSY_PAUSE_MS, stopping.signal);
    }
  };
  /** Commits a slice when it is its turn, and lets the others have theirs. */
  const slice = async (tenant: string, write: Write): Promise<EntryResult> => {
    await calm();
    stopping.signal.throwIfAborted();
    const begunAt = clock.monotonic();
    const result = await options.commit({ tenant, at: clock.now(), writes: [write] });
    const restMs = (clock.monotonic() - begunAt) * REST;
    if (restMs >= 1 && room() === "ample") await sleep(clock, restMs, stopping.signal);
    return result;
  };
  const trim = async (): Promise<boolean> => {
    const long = await read.longLogs(eventsKept);
    for (const { tenant, mark } of long) {
      const upTo = Math.min(mark.last - eventsKept, mark.trimmedTo + SLICE_EVENTS);
      const result = await slice(tenant, { write: "trim", tenant, upTo });
      if (result.status === "committed") diagnostics.tell({ event: "events.trimmed", tenant, upTo });
    }
    return long.length > 0;
  };
  const remove = async ({ what, write }: Remover): Promise<boolean> => {
    const result = await slice("system", write(clock.now()));
    const rows = result.status === "committed" ? result.swept ?? 0 : 0;
    if (rows > 0) diagnostics.tell({ event: "rows.swept", what, rows });
    return rows > 0;
  };
  const sweep = async () => {
    for (let more = true; more && state === "sweeping";) {
      more = await trim();
      for (const remover of removers) more = await remove(remover) || more;
    }
  };
  const begin = () => {
    if (state !== "resting") return;
    state = "sweeping";
    // A sweep that the storage refuses is tried again with the next tick.
    sweep().catch(() => {}).finally(() => {
      if (state === "sweeping") state = "resting";
    });
  };
  return {
    start() {
      cancel = every(clock, SWEEP_EVERY_MS, begin);
    },
    hurry: begin,
    stop() {
      state = "stopped";
      stopping.abort();
      cancel();
    },
  };
}

function removersOf({ registry, keptMs }: RetentionOptions): Remover[] {
  const limit = SLICE_ROWS;
  const removers: Remover[] = [{
    what: "keys-and-uploads",
    write: (now) => ({ write: "sweep", now, blobsBefore: now - LOOSE_BLOB_MS, limit }),
  }, {
    what: "blobs",
    write: (now) => ({ write: "sweep-blobs", now, before: now - LOOSE_BLOB_MS, limit }),
  }];
  const { "dead-letters": lettersMs } = keptMs;
  if (lettersMs !== undefined) {
    removers.push({
      what: "dead-letters",
      write: (now) => ({ write: "sweep-letters", before: now - lettersMs, limit }),
    });
  }
  for (const { name: tables, sweeps } of registry.tables.values()) {
    for (const [sweep, { period }] of sweeps.entries()) {
      const ms = keptMs[period];
      if (ms === undefined) continue;
      const write = (now: number): Write => ({ write: "sweep-rows", tables, sweep, before: now - ms, limit });
      removers.push({ what: tables, write });
    }
  }
  return removers;
}
