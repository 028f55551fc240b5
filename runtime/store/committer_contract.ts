import type { Clock } from "../core/clock.ts";
import type { RuntimeError } from "../core/errors.ts";
import type { StorageRoom, Store } from "./contract.ts";

export interface CommitterOptions {
  readonly clock: Clock;
  /** Entries of one batch at most; 1,024 by default. */
  readonly maxEntries?: number;
  /** Of one batch, unless a single entry is larger; 1 MiB by default. */
  readonly maxBytes?: number;
  /** Appends that may wait; 20,000 by default. */
  readonly maxQueued?: number;
  /** `reason` when it became unavailable. */
  readonly onHealth?: (health: StorageHealth, reason?: string) => void;
  /** Told after the write that changed it. */
  readonly onRoom?: (room: StorageRoom) => void;
  /** A batch is durable; told before those who wait for its entries. */
  readonly onBatch?: (batch: { readonly entries: number; readonly durationMs: number }) => void;
  /** Called once; the process must end. */
  readonly onFatal?: (error: RuntimeError) => void;
}

export type StorageHealth = "available" | "unavailable";

/** Since the start: batches and entries committed; now: entries that wait for the batch under way. */
export interface CommitterStats {
  readonly batches: number;
  readonly entries: number;
  readonly queued: number;
}

/** What the committer needs of the store. */
export type WrittenStore = Pick<Store, "write" | "writeNext" | "room">;
