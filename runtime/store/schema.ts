/**
 * Rows of the runtime's own tables. Instants are ms since the epoch; "JSON" is JSON text. What they mean together is said
 * in the store's contract; how they are laid out, in migrations/.
 */
export interface RuntimeSchema {
  messages: MessageRow;
  actors: ActorRow;
  events: EventRow;
  tenants: TenantRow;
  deadLetters: DeadLetterRow;
  idempotencyKeys: IdempotencyKeyRow;
  blobs: BlobRow;
  blobChunks: BlobChunkRow;
  nodes: NodeRow;
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
}

export interface MessageRow extends MessageColumns {
  /** JSON of the error of the latest attempt. */
  lastError: string | null;
  slot: Slot;
}

/** 0: others come first. 1: head, may be delivered. 2: head, waits until `readyAt`. */
export type Slot = 0 | 1 | 2;

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

export interface EventRow {
  tenant: string;
  number: number;
  type: string;
  subject: string;
  at: number;
  /** JSON. */
  data: string;
}

export interface TenantRow {
  tenant: string;
  /** The number of its latest event. */
  lastEvent: number;
  trimmedTo: number;
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
