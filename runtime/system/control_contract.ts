import type { Address } from "../actor/address.ts";
import type { Deed } from "../actor/journal.ts";
import type { NodeView } from "../cluster/contract.ts";
import type { ActorSight, ActorsPage, DeadLetter, DeadLettersPage, PausedKind } from "../store/contract.ts";

/**
 * What a person decides over the heads of messages: durable when it resolves, and stronger than any mail.
 * Everything throws {RuntimeError} `unknown-kind`, `storage-unavailable`, `overloaded`, `stopping` where that applies.
 */
export interface Control {
  actors(page: ActorsPage): Promise<readonly ActorSight[]>;
  /** A parked actor, and those parked because of it, go on; its restarts count anew. @throws {RuntimeError} `conflict` when it is not parked */
  resume(address: Address, deed?: Deed): Promise<void>;
  /** No message of the kind is started for this tenant until `resumeKind`; what runs ends. A second call changes nothing. */
  pauseKind(tenant: string, kind: string, deed?: Deed): Promise<void>;
  resumeKind(tenant: string, kind: string, deed?: Deed): Promise<void>;
  isPaused(tenant: string, kind: string): boolean;
  /** No message of the kind is started for this tenant: it is paused, or the tenant suspended or about to be deleted. */
  isHeld(tenant: string, kind: string): boolean;
  /** Of this tenant. */
  pausedKinds(tenant: string): readonly PausedKind[];
}

/** Messages that were given up. Kinds with a journal keep their own record, so theirs are not here. */
export interface DeadLetters {
  page(page: DeadLettersPage): Promise<readonly DeadLetter[]>;
  get(tenant: string, id: string): Promise<DeadLetter | null>;
  /**
   * The message is taken out and sent to its actor again, as a new run: with a new id and all its attempts. Of two at once one succeeds.
   * @throws {RuntimeError} `not-found`; `conflict` when its kind or message is no longer known, or its dedupe key is held
   */
  retry(tenant: string, id: string, deed?: Deed): Promise<{ readonly messageId: string }>;
  /** @throws {RuntimeError} `not-found` */
  discard(tenant: string, id: string, deed?: Deed): Promise<void>;
}

/** The nodes that share the store; a store that is not shared has one. */
export interface Nodes {
  /** Those that live, in the order of their generations. */
  list(): Promise<readonly NodeView[]>;
  /**
   * Asks a node, by name, to take no more turns and hand over its actors (`drained`), or to take turns again; it obeys soon,
   * and forgets it when it is started anew. The deed's rows are this tenant's, and are committed before that.
   * @throws {RuntimeError} `not-found`
   */
  drain(tenant: string, node: string, drained: boolean, deed?: Deed): Promise<NodeView>;
}
