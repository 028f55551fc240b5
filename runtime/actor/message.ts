import type { Address } from "./address.ts";

/** A durable imperative, as it lies in a mailbox. Instants are ms since the epoch. */
export interface Message extends Address {
  /** ULID; new for every message and every retry that a person asked for: the root of effect keys. */
  readonly id: string;
  /** Place in commit order, given by the store; 0 before that. */
  readonly seq: number;
  readonly name: string;
  /** Of the payload's schema. */
  readonly version: number;
  /** JSON text. */
  readonly payload: string;
  /** Larger runs earlier; orders actors, never one mailbox. */
  readonly priority: number;
  /** With `seq` the order inside a mailbox; fixed at enqueue. */
  readonly dueAt: number;
  /** When the next attempt may start: `dueAt`, later after a retry or a snooze. */
  readonly readyAt: number;
  readonly enqueuedAt: number;
  /** Who gave the command: a subject, an address, or `system`. */
  readonly by: string;
  /** Attempts that have failed. */
  readonly attempts: number;
  /** How often its handling has hung or taken its process down; given up at 3. */
  readonly crashes: number;
  readonly maxAttempts: number;
  /** Bounds one attempt as a whole; 0: only the kind's deadline does. */
  readonly timeoutMs: number;
  /** At most one unhandled message of a (tenant, kind) bears it. */
  readonly dedupeKey: string | null;
  /** The batch that its end is counted in, over all retries; null for most. */
  readonly batch: string | null;
}

/** Where a row of the mailbox lies: the primary key of `messages`. */
export interface MessageRef extends Address {
  readonly dueAt: number;
  readonly seq: number;
}

export function refOf({ tenant, kind, key, dueAt, seq }: Message): MessageRef {
  return { tenant, kind, key, dueAt, seq };
}

/** What a sender may say about one message. */
export interface TellOptions {
  /** Ms from now before the first attempt; 0 by default. */
  readonly delayMs?: number;
  /** -1,000 to 1,000; larger runs earlier; the kind's own by default. */
  readonly priority?: number;
  /** While an unhandled message of the same kind and tenant bears this key, a second one is not added. */
  readonly dedupeKey?: string;
  readonly maxAttempts?: number;
  /** Bounds one attempt as a whole. */
  readonly timeoutMs?: number;
}
