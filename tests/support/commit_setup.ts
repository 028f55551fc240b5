import type { StoreEntry } from "../../runtime/store/contract.ts";
import { Committer } from "../../runtime/store/committer.ts";
import type { CommitterOptions } from "../../runtime/store/committer_contract.ts";
import { FakeClock } from "./fake_clock.ts";
import { ManualStore, type PendingWrite } from "./manual_store.ts";
import { append, entry } from "./store_entries.ts";

export interface CommitSetup {
  readonly store: ManualStore;
  readonly clock: FakeClock;
  readonly committer: Committer;
  /** All that `onHealth` was told. */
  readonly health: readonly string[];
  /** All that `onRoom` was told. */
  readonly rooms: readonly string[];
  /** The codes that `onFatal` was told. */
  readonly fatal: readonly string[];
}

/** A committer over a store whose every batch the test settles, and what it told. */
export function commitSetup(options: Partial<CommitterOptions> = {}): CommitSetup {
  const store = new ManualStore();
  const clock = new FakeClock();
  const health: string[] = [];
  const rooms: string[] = [];
  const fatal: string[] = [];
  const committer = new Committer(store, {
    clock,
    onHealth: (now) => health.push(now),
    onRoom: (room) => rooms.push(room),
    onFatal: ({ code }) => fatal.push(code),
    ...options,
  });
  return { store, clock, committer, health, rooms, fatal };
}

/** An entry that can be told from others. */
export function named(name: string, tenant = "acme"): StoreEntry {
  return sized(name, { bytes: 2, tenant });
}

export function sized(name: string, { bytes, tenant = "acme" }: { bytes: number; tenant?: string }): StoreEntry {
  return entry({ tenant, writes: [append({ id: name, payload: "x".repeat(bytes) })] });
}

export function nameOf({ writes: [write] }: StoreEntry): string {
  return write?.write === "append" ? write.message.id : "";
}

export function names({ batch }: PendingWrite): string[] {
  return batch.map(nameOf);
}

/** Lets promises that are settled already be heard. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

/** Resolves when a timer is set. */
export async function armed(clock: FakeClock): Promise<void> {
  while (clock.armed === 0) await Promise.resolve();
}
