import type { Generated } from "kysely";
import type { Segment } from "./event_segments.ts";

/**
 * Rows of the runtime's own tables. Instants are ms since the epoch; "JSON" is JSON text. What they mean together is said
 * in the store's contract; how they are laid out, in migrations/.
 */
export interface RuntimeSchema {
  messages: MessageRow;
  actors: ActorRow;
  eventLog: EventSegmentRow;
  tenants: TenantRow;
  deadLetters: DeadLetterRow;
  idempotencyKeys: IdempotencyKeyRow;
  blobs: BlobRow;
  blobChunks: BlobChunkRow;
  nodes: NodeRow;
  lives: LifeRow;
  supervision: SupervisionRow;
  pausedKinds: PausedKindRow;
  budgets: BudgetRow;
}

interface MessageColumns {
  tenant: string;
  kind: string;
  key: string;
  dueAt: number;
  seq: number;
  id: string;
  name: string;
  version: number;
  payload: string;
  priority: number;
  readyAt: number;
  enqueuedAt: number;
  /** The message's `by`. */
  sender: string;
  attempts: number;
  crashes: number;
  maxAttempts: number;
  timeoutMs: number;
  dedupeKey: string | null;
  batch: string | null;
}

export interface MessageRow extends MessageColumns {
  /** JSON of the error of the latest attempt. */
  lastError: string | null;
  slot: Slot;
  /** 1: its kind keeps a record of it, so its actor has this one message and no other; else 0. */
  recorded: number;
  /** 0 or 1. */
  cancelWished: Generated<number>;
  /** Who has wished that; null where nobody has, and where an older program has written it. */
  wishedBy: Generated<string | null>;
  /** The generation whose start mark it bears; 0: none. */
  markedBy: Generated<number>;
  /** Of that mark. */
  markDeaths: Generated<number>;
  /** Of a shared store: whose head it is, by the generation of his life; 0: nobody's. */
  owner: Generated<number>;
}

/** 0: others come first. 1: head, may be delivered. 2: head, waits until `readyAt`. 3: head of a parked actor. */
export type Slot = 0 | 1 | 2 | 3;

export interface DeadLetterRow extends MessageColumns {
  /** JSON. */
  error: string;
  diedAt: number;
}

export interface ActorRow {
  tenant: string;
  kind: string;
  key: string;
  /** JSON. */
  state: string;
  stateVersion: number;
  version: number;
  updatedAt: number;
}

/** A segment of a tenant's log; the view `events` shows each event as a row. */
export interface EventSegmentRow extends Segment {
  tenant: string;
}

export interface TenantRow {
  tenant: string;
  /** The number of its latest event. */
  lastEvent: number;
  trimmedTo: number;
  /** Its unhandled messages. */
  pending: number;
  /** The largest `seq` that was given, to whichever tenant's message, when this row was last written. */
  lastSeq: number;
}

export interface IdempotencyKeyRow {
  tenant: string;
  scope: string;
  key: string;
  print: string;
  answer: string;
  untilAt: number;
}

export interface BlobRow {
  tenant: string;
  id: string;
  sizeBytes: number;
  begunAt: number;
  /** 0 or 1. */
  done: number;
}

export interface BlobChunkRow {
  tenant: string;
  id: string;
  startByte: number;
  idx: number;
  bytes: Uint8Array;
}

export interface NodeRow {
  node: string;
  generation: number;
  openedAt: number;
  /** How often the node has written only to learn whether it can. */
  probes: number;
}

/** One opening of the database. */
export interface LifeRow {
  generation: number;
  openedAt: number;
  /** Null while it is open, and for ever when it ended otherwise than by closing. */
  closedAt: number | null;
  /** Of a shared store, as whatever follows. */
  node: Generated<string>;
  role: Generated<string>;
  /** Ms since the epoch, on the database's clock. */
  leaseUntil: Generated<number>;
  /** When it was ended, by itself or because its lease was over; null while it lives. */
  endedAt: Generated<number | null>;
  /** Its batches that are committed. */
  commits: Generated<number>;
  /** JSON: what the latest of those was answered. */
  answer: Generated<string | null>;
  running: Generated<number>;
  /** Ready heads that wait for their turn. */
  waiting: Generated<number>;
  /** 0 or 1: somebody wants it to take no more turns. */
  drained: Generated<number>;
}

/** There is a row only while it says something: a parent, restarts or that the actor is parked. */
export interface SupervisionRow {
  tenant: string;
  kind: string;
  key: string;
  /** Of the same tenant; null, as `parentKey`, when the actor has none. */
  parentKind: string | null;
  parentKey: string | null;
  /** Among the parent's children, in the order of their adoption. */
  place: number;
  /** JSON of the instants. */
  restarts: string;
  /** Null, as the other two, when the actor is not parked. */
  parkedAt: number | null;
  parkReason: string | null;
  /** `kind/key`, of the same tenant. */
  parkedBecause: string | null;
}

export interface PausedKindRow {
  tenant: string;
  kind: string;
  by: string;
  at: number;
}

/** Of a shared store: what all nodes together may do in a time. */
export interface BudgetRow {
  budget: string;
  /** Ms since the epoch, on the database's clock: when all of it is there again. */
  fullAt: number;
}
