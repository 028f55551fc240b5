import type { Address } from "../actor/address.ts";
import type { Message } from "../actor/message.ts";
import type { HeadPlace, LaneName } from "./store_reads.ts";

/**
 * What a store that several nodes share has beside the store contract. `runtime/cluster/` drives it: when to renew, to look
 * and to take over is decided there; that it is safe is seen to here.
 *
 * Model. A node's life has a generation, larger than that of any life before, and a lease on the database's clock. A head
 * (the first message of a mailbox) has an owner: the generation of the node that delivers it, or none. The actor of an owned
 * head is that node's: what is appended behind it is promoted by its owner, and stays the owner's.
 *
 * Invariants.
 * - A batch of a life that was ended changes nothing: its first statement updates the row of the life, where that still
 *   stands. Whoever ends lives passes over a row that is locked, by a batch or a claim, until he next comes by.
 * - A head has at most one owner. It gets one with the append, the promotion or the wake that makes it ready, or by `claim`;
 *   it loses it when it is removed, by `disown`, or when its owner's life is ended.
 * - A life is ended by its own `close`, or by any node after its lease is over on the database's clock.
 * - Hints are lost, late and doubled without harm: whatever they say can be read.
 */
export interface SharedStore {
  /** What this node does, from now on; before that it owns nothing and hints nothing. */
  begin(duties: Duties): void;
  /**
   * Prolongs the lease by its length from now on the database's clock, and writes down how the node is. Every committed
   * batch does the same, so this is for a node that commits nothing.
   * @throws {RuntimeError} `fenced` when this life was ended; `storage-unavailable`
   */
  renew(report: NodeReport): Promise<Lease>;
  /** As of the last renewal or committed batch. */
  readonly lease: Lease;
  /** Ends the lives whose lease is over and frees what they owned; answers whom it ended. Any node may, at any time. */
  endLapsed(): Promise<readonly EndedLife[]>;
  /** Lanes in which a ready head has no owner, or has this node for one. */
  claimable(): Promise<readonly LaneName[]>;
  /**
   * Ready heads that are this node's from now on, in (priority descending, readyAt, seq) order; `from`: those that do not
   * come before it. Those that have been its own are among them; fewer than `limit`: there are no more that it may have,
   * as others own them or the kind's limit is reached.
   */
  claim(lane: LaneName, limit: number, how?: { readonly from: HeadPlace | null }): Promise<readonly Message[]>;
  /**
   * Gives up the heads of this node, ready and waiting, but for those of the actors in `busy`, whose turns are not written
   * yet: else another node would begin them again beside these. For a node that drains or stops. With `only`: the ready
   * heads of those actors, as far as they are this node's and nobody else is changing them; for one that has too much.
   */
  disown(how?: Disowning): Promise<void>;
  /** Lives that are not ended, in the order of their generation. */
  nodes(): Promise<readonly NodeSight[]>;
  /** Asks a node, by name, to take no more turns and hand over its actors; false when there is none that lives. */
  drain(node: string, drained: boolean): Promise<boolean>;
  /** Tells the other nodes to look, soon: what is said within a few ms goes together. */
  hint(hint: Hint): void;
  /** Calls `hear` with what other nodes hint, and with everything after the connection was lost; until `close`. */
  listen(hear: (hint: Hint) => void): Promise<void>;
  /**
   * Takes so many permits of a budget that all nodes share and that refills evenly. Fewer are granted when there are not
   * so many; `retryAfterMs` says when there is one again, `wholeInMs` when all of it is there.
   * @see "Generic Cell Rate Algorithm", ITU-T I.371
   */
  reserve(
    budget: string,
    how: { readonly permits: number; readonly perMinute: number; readonly burst: number },
  ): Promise<{ readonly granted: number; readonly retryAfterMs: number; readonly wholeInMs: number }>;
}

export type Disowning = { readonly busy: readonly Address[] } | { readonly only: readonly Address[] };

/** What the node decides about what becomes its own. */
export interface Duties {
  /**
   * How many more ready heads this node would take now; asked once for each batch. Heads that a batch makes ready beyond
   * that have no owner (`unowned`), so that nodes with nothing to do can take them.
   */
  readonly appetite: () => number;
  /** Limits that hold over all nodes: at most so many ready heads of a kind, or of one tenant's of a kind, have an owner. */
  readonly limitsOf: (kind: string) => { readonly total?: number; readonly perTenant?: number } | undefined;
  /** Of all of one tenant's heads; undefined: none. */
  readonly tenantLimitOf: (tenant: string) => number | undefined;
}

/** Until when this node lives, unless it renews. */
export interface Lease {
  /** By the monotonic clock of this process, taken before the statement that set it was sent: so it ends no later elsewhere. */
  readonly until: number;
  /** How far the database's clock is ahead of this process's, in ms; 0 while both may be the same as far as one can know. */
  readonly aheadMs: number;
  /** Somebody wants this node to take no more turns. */
  readonly drained: boolean;
  /** Lives that are not ended, this one included. */
  readonly nodes: number;
  /** The lowest generation of those: it does what one node is enough for. */
  readonly leads: boolean;
}

/** What a node writes down of itself. */
export interface NodeReport {
  readonly running: number;
  /** Ready heads that it has and that wait for their turn. */
  readonly waiting: number;
}

export interface NodeSight extends NodeReport {
  readonly node: string;
  readonly generation: number;
  readonly role: NodeRole;
  readonly startedAt: number;
  /** Ms since the epoch, on the database's clock. */
  readonly leaseUntil: number;
  readonly drained: boolean;
  /** Heads that it owns. */
  readonly owned: number;
}

export interface EndedLife {
  readonly node: string;
  readonly generation: number;
  /** Heads that were its own and have no owner now. */
  readonly freed: number;
}

/**
 * `all`: everything. `http`: takes requests, runs no turns. `worker`: runs turns, answers only for its own health.
 * `notifications`: event streams only.
 */
export type NodeRole = "all" | "http" | "worker" | "notifications";

/** What may have changed. Each part may be missing. */
export interface Hint {
  /** Everything may have, of all tenants: as much of it as fits the other parts stands there as well. */
  readonly all?: boolean;
  /** There are ready heads without an owner. */
  readonly lanes?: readonly LaneName[];
  /** There are events of these tenants. */
  readonly tenants?: readonly string[];
  /** A node has nothing to do: who has much waiting may give some up. */
  readonly idle?: boolean;
  /** Somebody wishes a running message cancelled. */
  readonly wishes?: boolean;
  /** A kind was paused or resumed, or a node is asked to drain. */
  readonly control?: boolean;
  /** A head waits until then; ms since the epoch. */
  readonly dueAt?: number;
  /** Rows that are kept in memory may have changed (API keys, sessions): of this tenant; null: of any. */
  readonly rows?: readonly (string | null)[];
}
