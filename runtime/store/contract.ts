import type { Address } from "../actor/address.ts";
import type { Entry, EventDraft, RowWrite } from "../actor/journal.ts";
import type { Message, MessageRef } from "../actor/message.ts";
import type { SerializedError } from "../core/errors.ts";
import type { SharedStore } from "./shared.ts";
import type { LaneName, Parked, StoreReads } from "./store_reads.ts";

export type * from "./shared.ts";
export type * from "./store_reads.ts";

/**
 * The store contract: everything durable goes through `write`, in batches, and is read back through the other methods.
 * SQLite and Postgres keep it alike; `tests/integration/store_contract.ts` is the proof.
 *
 * Invariants of `write`:
 * - A batch is one transaction: when its promise resolves, every entry answered `committed` is on disk, whole; an entry
 *   answered `refused` or `answered` has left nothing behind. When the promise rejects, the batch is not there at all
 *   (or, for a lost answer on a networked store, is found there later: a `write` that holds the same entry, the same object,
 *   answers what became of it then, and does not apply it again).
 * - Entries are applied in order. A refused entry does not disturb the others; it is refused for good, with `conflict`
 *   (what it wants to change is not there), `constraint` (the database said no) or `internal` (nobody declared that write).
 * - An empty batch writes something all the same: it asks whether writing works.
 * - Events of the surviving entries get their tenant's next numbers in entry order: dense, without gaps, in commit order.
 * - A message gets the next place in the store's own sequence as its `seq`; no two messages ever have the same, also when
 *   the first is gone.
 * - Of each mailbox exactly the first message by (dueAt, seq) is its head, and only heads can be read as ready; that of a
 *   parked actor is neither ready nor waiting.
 *
 * Ownership: an actor belongs to one node at a time. On SQLite the file lock makes this process the owner of all of them;
 * a store that several nodes share says in `shared` how they part them. `generation` grows with every opening, and a batch
 * written under one that has ended is refused as `fenced`.
 */
export interface Store {
  readonly ownership: Ownership;
  /** @throws {RuntimeError} `storage-unavailable` (try the same batch again), `fenced` or `storage-corrupt` (end) */
  write(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]>;
  /**
   * Like `write`, called while the batch handed over last may still be under way: applied after it, and only if that one
   * was written; rejected like it otherwise, and nothing of it is there. Their promises settle in the order of the calls.
   * A store without it takes one batch at a time.
   */
  writeNext?(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]>;
  readonly read: StoreReads;
  /** As of the latest `write`; a store that always has room need not say so. */
  readonly room?: StorageRoom;
  /** Of a store that several nodes share; without it this node owns every actor. */
  readonly shared?: SharedStore;
  /** Waits for what is under way, then closes; a second call does nothing. */
  close(): Promise<void>;
}

/**
 * `ample`: all work is taken. `tight`: the disk is full and what was held in reserve is given up, but there is free room
 * inside the database. `short`: not even that, so only what ends work or removes rows should be written.
 */
export type StorageRoom = "ample" | "tight" | "short";

export interface Ownership {
  readonly node: string;
  readonly generation: number;
  /** Of the life that this node had before; where that is not said it was the one before, 0: it had none. */
  readonly previous?: number;
  /** Openings of this node within the five minutes before this one that ended otherwise than by `close`. */
  readonly uncleanStarts: number;
}

/** What is committed together. With a failed claim nothing of the entry happens and the answer is that of the holder. */
export interface StoreEntry {
  /** Whom the events belong to, and whose rows are written. */
  readonly tenant: string;
  /** Ms since the epoch: the time of the events and of the claim. */
  readonly at: number;
  readonly claim?: Claim;
  readonly writes: readonly Write[];
  /** What tells of the entry as a whole, and looks at nothing that it writes; not written where all that it appends was held. */
  readonly rows?: readonly RowWrite[];
  readonly events?: readonly EventDraft[];
}

/** `Idempotency-Key`: taken until `until`; `print` is a hash of the request, `answer` what a repeat is answered. */
export interface Claim {
  readonly scope: string;
  readonly key: string;
  readonly print: string;
  readonly answer: string;
  readonly until: number;
}

export type Write =
  /**
   * Adds to the mailbox, and writes what the kind's journal says of it. While an unhandled message of the same tenant
   * and kind bears the dedupe key, all of it is skipped. `fresh`: the sender knows that the mailbox is empty. `recorded`:
   * the kind keeps a record of it, and its actor has no other message: refused as `conflict` when it has.
   */
  | {
    readonly write: "append";
    readonly message: NewMessage;
    readonly fresh?: boolean;
    readonly recorded?: boolean;
    readonly with?: Entry;
  }
  /**
   * The message is handled (or cancelled): it leaves, the next one becomes head. Refused as `conflict` when not there.
   * `recorded`: as it was appended, so there is no next one.
   */
  | { readonly write: "remove"; readonly ref: MessageRef; readonly recorded?: boolean }
  /** The message waits until `readyAt`; as head, if it is. Refused as `conflict` when not there. */
  | {
    readonly write: "postpone";
    readonly ref: MessageRef;
    readonly readyAt: number;
    readonly attempts: number;
    readonly crashes: number;
    readonly lastError: SerializedError | null;
  }
  /** Out of attempts: it moves to the dead letters, the next one becomes head. Refused as `conflict` when not there. */
  | {
    readonly write: "bury";
    readonly ref: MessageRef;
    readonly attempts: number;
    readonly crashes: number;
    readonly error: SerializedError;
    readonly at: number;
  }
  /** Takes a dead letter away. Refused as `not-found` when the tenant has none of this id. */
  | { readonly write: "discard"; readonly id: string }
  /** Someone wishes the message cancelled while it runs. Refused as `conflict` when not there. */
  | { readonly write: "wish-cancelled"; readonly ref: MessageRef; readonly by: string }
  /**
   * A start mark: the message is about to be handled by this life of the database; `deaths`: in how many deaths in a row
   * it bore one before, alone; -1 beside others. Refused as `conflict` when not there. `unmark` takes it off, if there is one; so does `postpone`.
   */
  | { readonly write: "mark"; readonly ref: MessageRef; readonly deaths: number }
  | { readonly write: "unmark"; readonly ref: MessageRef }
  /** The actor's recent restarts, in ms since the epoch, oldest first; they take the place of those written before. */
  | { readonly write: "restarts"; readonly address: Address; readonly restarts: readonly number[] }
  /** The child comes after those that the parent adopted before; one that has a parent keeps it. Both are of one tenant. */
  | { readonly write: "adopt"; readonly child: Address; readonly parent: Address }
  /**
   * The actor is parked: its head is not ready, whatever comes, until `unpark`. One that is parked stays as it was.
   * `unpark` also frees those parked `because` of it and forgets its restarts; refused as `conflict` when it is not parked.
   * Outcomes of what was at the host when its actor was parked are written like any other.
   */
  | { readonly write: "park"; readonly address: Address; readonly parked: Parked }
  | { readonly write: "unpark"; readonly address: Address }
  /** The entry's tenant's messages of the kind wait, as far as the dispatcher is concerned; idempotent, as is `unpause`. */
  | { readonly write: "pause"; readonly kind: string; readonly by: string }
  | { readonly write: "unpause"; readonly kind: string }
  /** The actor's state from now on; its version (a count of changes) grows by one. */
  | { readonly write: "snapshot"; readonly address: Address; readonly state: string; readonly stateVersion: number }
  /**
   * The actor's state goes, and its place in the tree: it has no parent, no restarts and no children any more. One that is
   * parked stays parked. Its mail stays.
   */
  | { readonly write: "forget"; readonly address: Address }
  /** The tenant of the row is the entry's, whatever the arguments say. */
  | { readonly write: "row"; readonly row: RowWrite }
  /** Waiting heads that are due become ready, at most `limit`; belongs to no tenant. */
  | { readonly write: "wake"; readonly now: number; readonly limit: number }
  /** A blob in the making: chunks in order, then `blob-done`; one that is not done within a day may be swept. */
  | { readonly write: "blob-chunk"; readonly id: string; readonly index: number; readonly bytes: Uint8Array }
  | { readonly write: "blob-done"; readonly id: string; readonly sizeBytes: number }
  | { readonly write: "blob-drop"; readonly id: string }
  /** Removes the tenant's events up to and including `upTo` and moves its trim mark there. */
  | { readonly write: "trim"; readonly tenant: string; readonly upTo: number }
  /** Removes idempotency keys that ended before `now` and unfinished blobs begun before `blobsBefore`. */
  | { readonly write: "sweep"; readonly now: number; readonly blobsBefore: number; readonly limit: number }
  /**
   * Removes at most so many rows of a tenant, in whatever table, and says how many (`swept`); when nothing else is left, what
   * is counted for it. Of its mailboxes there need be no heads from then on, so nobody may deliver them, or add to them.
   */
  | { readonly write: "erase"; readonly tenant: string; readonly limit: number }
  /** Removes dead letters that died before `before`. */
  | { readonly write: "sweep-letters"; readonly before: number; readonly limit: number }
  /** Looks at the next `limit` blobs, at each about once a day, and removes what was begun before `before` and no tables hold. */
  | { readonly write: "sweep-blobs"; readonly now: number; readonly before: number; readonly limit: number }
  /**
   * Runs a slice of a sweep that tables declare; `sweep` is its place among theirs. `own`: other instants in place of
   * `before`, by tenant, as the JSON of an object.
   */
  | {
    readonly write: "sweep-rows";
    readonly tables: string;
    readonly sweep: number;
    readonly before: number;
    readonly limit: number;
    readonly own?: string;
  };

/** A message before the store has given it its place. */
export type NewMessage = Omit<Message, "seq" | "readyAt" | "attempts" | "crashes">;

export type EntryResult =
  | {
    readonly status: "committed";
    /**
     * Number of the entry's first event, 0 when it has none. Its events are those of its appends that were not held, in
     * the order of its writes, then its own.
     */
    readonly firstEvent: number;
    /** For each `append`, in order. */
    readonly appended: readonly Appended[];
    /**
     * What may be delivered next because this entry removed, buried or woke a message, or freed its actor: the head of each
     * such mailbox, if it is ready now. A mailbox is told once a batch, with the last entry that touched it. A head that
     * `appended` calls `ready` is not repeated, unless its actor was parked in between. What is being handled is told as
     * well.
     */
    readonly ready: readonly Message[];
    /**
     * Lanes in which the entry made a head ready, in one of these ways, that has no owner now; only of a store that several
     * nodes share. Those that `appended` calls `unowned` are told there.
     */
    readonly unowned?: readonly LaneName[];
    /** The earliest `readyAt` of the heads that this entry left waiting, after a `wake` of all that wait; null when none. */
    readonly nextDueAt: number | null;
    /** What its sweeps removed: there may be more as long as it is not 0. Only entries that sweep say so. */
    readonly swept?: number;
  }
  /** The claim's key was taken before: nothing of the entry happened. */
  | { readonly status: "answered"; readonly answer: string; readonly print: string }
  | { readonly status: "refused"; readonly error: SerializedError };

/**
 * `ready`: head and due, and this node's. `unowned`: head and due, and no node's yet. `waiting`: head and not yet due.
 * `parked`: head, due or not, of an actor that is parked. `behind`: others come first. `held`: not added. `dueAt`: where the
 * store has moved it, so that it does not come before what was appended earlier by another node.
 */
export type Appended =
  | {
    readonly slot: "ready" | "unowned" | "waiting" | "parked" | "behind";
    readonly seq: number;
    readonly dueAt?: number;
  }
  /** `key` is that of the actor whose unhandled message bears the dedupe key. */
  | { readonly slot: "held"; readonly key: string };

/** The events of a committed entry, in the order of their numbers. */
export function eventsOf(entry: StoreEntry, appended: readonly Appended[]): readonly EventDraft[] {
  let index = 0;
  const ofAppends = entry.writes.flatMap((write) =>
    write.write === "append" && appended[index++]?.slot !== "held" ? write.with?.events ?? [] : []
  );
  return ofAppends.length === 0 ? entry.events ?? [] : [...ofAppends, ...entry.events ?? []];
}
