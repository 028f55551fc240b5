import type { Address } from "../actor/address.ts";
import type { EventDraft } from "../actor/journal.ts";
import type { Message, MessageRef } from "../actor/message.ts";
import type { SerializedError } from "../core/errors.ts";

/** Why an actor is parked, and since when. */
export interface Parked {
  /** Ms since the epoch. */
  readonly at: number;
  readonly reason: string;
  /** `kind/key` of the sibling whose parking parked it; null when its own failures did. */
  readonly because: string | null;
}

/** What is written of an actor's supervision. */
export interface Supervised {
  readonly parent: { readonly kind: string; readonly key: string } | null;
  readonly restarts: readonly number[];
  readonly parked: Parked | null;
}

export interface PausedKind extends LaneName {
  readonly by: string;
  readonly at: number;
}

/** `parked`: it takes no turns until it is resumed. `waiting`: it has mail. `idle`: it has none. */
export type ActorStatus = "parked" | "waiting" | "idle";

/** One actor that has state, mail or a supervision of its own. */
export interface ActorSight extends Supervised {
  readonly kind: string;
  readonly key: string;
  readonly status: ActorStatus;
  /** How often its state has changed; 0 when it has none. */
  readonly version: number;
  /** Of its state; null when it has none. */
  readonly updatedAt: number | null;
}

/** Actors of a tenant in (kind, key) order; `after` is where the page before ended. */
export interface ActorsPage {
  readonly tenant: string;
  readonly kind?: string;
  readonly status?: ActorStatus;
  readonly after?: { readonly kind: string; readonly key: string };
  readonly limit: number;
}

/** A message that was given up, as it was then. */
export interface DeadLetter extends Omit<Message, "seq" | "readyAt"> {
  readonly error: SerializedError;
  readonly diedAt: number;
}

/** Dead letters of a tenant, newest first; `before` is where the page before ended. */
export interface DeadLettersPage {
  readonly tenant: string;
  readonly kind?: string;
  readonly before?: { readonly diedAt: number; readonly id: string };
  readonly limit: number;
}

/** Somebody wishes a message cancelled that runs. */
export interface CancelWish {
  readonly message: Message;
  /** Who; `system` where nobody was named. */
  readonly by: string;
}

/** A message that bore a start mark when an earlier life ended. */
export interface StartMark {
  readonly message: Message;
  readonly generation: number;
  readonly deaths: number;
}

/** The messages of one (tenant, kind). */
export interface LaneName {
  readonly tenant: string;
  readonly kind: string;
}

/** How far into a mailbox to read. `now` in ms since the epoch. */
export interface MailboxBound {
  readonly now: number;
  readonly limit: number;
}

/** Where a ready head stands in its lane. */
export type HeadPlace = Pick<Message, "priority" | "readyAt" | "seq">;

export interface Snapshot {
  /** JSON text. */
  readonly state: string;
  readonly stateVersion: number;
  /** How often the state has changed. */
  readonly version: number;
  readonly updatedAt: number;
}

/** An event as it stands in the log. `at` is ms since the epoch, `data` JSON text. */
export interface StoredEvent extends EventDraft {
  readonly number: number;
  readonly at: number;
}

/** Where a tenant's log stands: events up to and including `trimmedTo` are gone. */
export interface LogMark {
  readonly last: number;
  readonly trimmedTo: number;
}

/**
 * Reads see every commit whose `write` has resolved. The lists of people (`actors`, `deadLetters`, a `query` that may lag) do
 * unless a server that follows the database was named for them: it answers what was committed some moments ago.
 */
export interface StoreReads {
  /** Lanes that have a ready head. */
  readyLanes(): Promise<readonly LaneName[]>;
  /** Ready heads in (priority descending, readyAt, seq) order; `from`: those that do not come before it. */
  readyHeads(lane: LaneName, limit: number, how?: { readonly from: HeadPlace | null }): Promise<readonly Message[]>;
  /** The actor's messages in mailbox order. */
  mailbox(address: Address, limit: number): Promise<readonly Message[]>;
  /**
   * Those behind a message, itself there or gone, that are ready by `now`, in mailbox order up to the first that is not: at
   * most `limit`, or one and more up to 1 MiB. None when a message that came later is due before it: that one is next.
   * None either where nodes share the store and the mailbox's head is not this one's: what came when it was empty may be
   * another's.
   */
  mailboxBehind(place: MessageRef, how: MailboxBound): Promise<readonly Message[]>;
  mailboxDepth(address: Address): Promise<number>;
  /** Unhandled messages by tenant. */
  pending(): Promise<ReadonlyMap<string, number>>;
  /** The earliest `readyAt` of all waiting heads. */
  nextDueAt(): Promise<number | null>;
  snapshot(address: Address): Promise<Snapshot | null>;
  /** Messages whose cancelling somebody wished while they ran, in order of `seq`; one that was overtaken since is no head. */
  wishedCancelled(): Promise<readonly CancelWish[]>;
  /** Those of earlier lives only, in order of `seq`. */
  startMarks(): Promise<readonly StartMark[]>;
  /** Null while the actor has no parent and no restarts, and is not parked. */
  supervised(address: Address): Promise<Supervised | null>;
  /** Children of the same parent that were adopted after this one, in order. */
  laterSiblings(address: Address): Promise<readonly Address[]>;
  /** Of all tenants. */
  pausedKinds(): Promise<readonly PausedKind[]>;
  /** Away from the main thread, as are dead letters by page. */
  actors(page: ActorsPage): Promise<readonly ActorSight[]>;
  deadLetters(page: DeadLettersPage): Promise<readonly DeadLetter[]>;
  deadLetter(tenant: string, id: string): Promise<DeadLetter | null>;
  /** Events after number `after`, in order. */
  events(tenant: string, range: { after: number; limit: number }): Promise<readonly StoredEvent[]>;
  logMark(tenant: string): Promise<LogMark>;
  /** Of several at once, in the order of `tenants`, none of them twice; in as few statements as the engine has for that. */
  logMarks(tenants: readonly string[]): Promise<readonly LogMark[]>;
  /** Tenants whose log is longer than `kept`. */
  longLogs(kept: number): Promise<readonly { readonly tenant: string; readonly mark: LogMark }[]>;
  /** The blob's bytes from `fromByte` to the end of that chunk; empty at its end; null when there is no such finished blob. */
  blobChunk(tenant: string, id: string, fromByte: number): Promise<Uint8Array | null>;
  /** Runs a declared query of a kind's own tables away from the main thread. Answers JSON text. */
  query(query: {
    tenant: string;
    tables: string;
    query: string;
    args: string;
    /** For people to look at: nothing is done by what it answers. */
    mayLag?: boolean;
  }): Promise<string>;
  /** The same on the main thread's connection, for one row by its key, without a way over JSON. */
  point(query: { tenant: string; tables: string; query: string; args: object }): Promise<unknown>;
}
