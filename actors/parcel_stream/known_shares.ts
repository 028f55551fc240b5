import type { KnownParcel } from "./queries.ts";

/** What one consumer knows of its parcels after a message of it. */
export interface KnownShare {
  /** The message's id, which the consumer's state names once its outcome is durable. */
  readonly after: string;
  readonly parcels: Map<number, KnownParcel>;
}

/** Consumers of one worker whose parcels are remembered, and parcels of each. */
const MOST_SHARES = 32;
const MOST_PARCELS = 25_000;

/** By consumer and stream, the one that was used last at the end. */
const shares = new Map<string, KnownShare>();

/**
 * What is known of a consumer's parcels after the message that its state names; nothing where another worker has handled
 * that one, or where what this worker made of it was never committed. Only the consumer writes its parcels, so there is
 * nothing newer.
 */
export function knownShare(consumer: string, after: string): Map<number, KnownParcel> {
  const share = shares.get(consumer);
  shares.delete(consumer);
  return share?.after === after && share.parcels.size <= MOST_PARCELS ? share.parcels : new Map();
}

/** Of what is remembered least recently used goes first. */
export function keepShare(consumer: string, share: KnownShare): void {
  shares.set(consumer, share);
  for (const oldest of shares.keys()) {
    if (shares.size <= MOST_SHARES) return;
    shares.delete(oldest);
  }
}
