import type { Hint, NodeReport, NodeSight } from "../store/contract.ts";

/** A node's membership among those that share its store; `cluster.ts` says how. */
export interface Cluster {
  /** Whether turns may be begun now: it lives, and nobody wants it to take no more. */
  readonly mayDeliver: boolean;
  /** Monotonic ms before which turns that are delivered now must have begun. */
  readonly startBefore: number;
  readonly drained: boolean;
  /** Null for a node that has its store for itself. */
  readonly standing: Standing | null;
  /** Whether it does what one node is enough for. */
  readonly leads: boolean;
  /** Resolves when the lease is renewed, which goes on from then. @throws {RuntimeError} `fenced`, `storage-unavailable` */
  live(): Promise<void>;
  /** Then: resolves when hints are heard. @throws {RuntimeError} `storage-unavailable` */
  start(): Promise<void>;
  /** Gives up what does not run here, at once, and what runs as it ends; for a node that stops. */
  handOver(): Promise<void>;
  /** Gives up everything and renews no more; nothing may run any longer. */
  leave(): Promise<void>;
  /** Sets no timer any more. */
  stop(): void;
  nodes(): Promise<readonly NodeView[]>;
  /** Asks a node, by name; false when there is none that lives. */
  drain(node: string, drained: boolean): Promise<boolean>;
}

/** Of a node among those that share its store, as it last heard. */
export interface Standing {
  /** Until its lease is over unless it is renewed; 0 when it is. */
  readonly leaseLeftMs: number;
  /** Nodes that live, this one included. */
  readonly nodes: number;
  /** How far the database's clock is ahead. */
  readonly aheadMs: number;
}

/** `leaseUntil` and `owned` are null for a node that has its store for itself. */
export interface NodeView extends Omit<NodeSight, "leaseUntil" | "owned"> {
  readonly leaseUntil: number | null;
  readonly owned: number | null;
}

/** What the cluster layer has the node do. What rejects is tried again with the next look. */
export interface ClusterPorts {
  readonly report: () => NodeReport;
  /** `mayDeliver` is another. */
  readonly changed: () => void;
  /** Nothing that waits here is this node's any more. Answers the addresses of actors whose turns are not written yet. */
  readonly forget: () => readonly string[];
  /** Each is done about once a second, and when it is hinted: what may be known is read anew. */
  readonly looks: Readonly<Record<Look, () => Promise<void>>>;
  /** Other nodes say that something is there. */
  readonly heard: (hint: Hint) => void;
  /** This node has ended lives whose lease was over. */
  readonly tookOver: () => void;
  /** The node must end: its life is over, and others do its work. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * `lanes`: heads without an owner; `wishes`: to cancel; `control`: paused kinds; `counts`: unhandled messages; `due`: when a
 * head is; `news`: events and rows of others.
 */
export type Look = "lanes" | "wishes" | "control" | "counts" | "due" | "news";
