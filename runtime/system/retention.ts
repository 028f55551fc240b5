import { type CancelTimer, type Clock, every } from "../core/clock.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { EntryResult, StoreEntry, StoreReads } from "../store/contract.ts";

const SWEEP_EVERY_MS = 5_000;
const SLICE = 2_000;
const UNFINISHED_BLOB_MS = 24 * 60 * 60 * 1_000;

/** Removes, a slice at a time, events beyond `eventsKept` a tenant, ended idempotency keys and uploads that never ended. */
export function createRetention(
  { read, commit, clock, diagnostics, eventsKept }: {
    read: StoreReads;
    commit: (entry: StoreEntry) => Promise<EntryResult>;
    clock: Clock;
    diagnostics: Diagnostics;
    eventsKept: number;
  },
): { start(): void; stop(): void } {
  let cancel: CancelTimer = () => {};
  let state: "resting" | "sweeping" | "stopped" = "resting";
  /** Whether there was something to trim, and so may be more. */
  const trim = async (): Promise<boolean> => {
    const long = await read.longLogs(eventsKept);
    for (const { tenant, mark } of long) {
      const upTo = Math.min(mark.last - eventsKept, mark.trimmedTo + SLICE);
      const result = await commit({ tenant, at: clock.now(), writes: [{ write: "trim", tenant, upTo }] });
      if (result.status === "committed") diagnostics.tell({ event: "events.trimmed", tenant, upTo });
    }
    return long.length > 0;
  };
  const sweep = async () => {
    const now = clock.now();
    const blobsBefore = now - UNFINISHED_BLOB_MS;
    await commit({ tenant: "system", at: now, writes: [{ write: "sweep", now, blobsBefore, limit: SLICE }] });
    while (state === "sweeping" && await trim());
  };
  return {
    start() {
      cancel = every(clock, SWEEP_EVERY_MS, () => {
        if (state !== "resting") return;
        state = "sweeping";
        // A sweep that the storage refuses is tried again with the next tick.
        sweep().catch(() => {}).finally(() => {
          if (state === "sweeping") state = "resting";
        });
      });
    },
    stop() {
      state = "stopped";
      cancel();
    },
  };
}
