export const ACTION_TYPES = [
  "wash-purchased",
  "membership-started",
  "membership-cancelled",
  "credit-applied-for",
] as const;
export type ActionType = typeof ACTION_TYPES[number];

export const ACTION_STATUSES = ["running", "completed", "failed", "cancelled"] as const;
export type ActionStatus = typeof ACTION_STATUSES[number];

/** Something that happened to customers, and what became of it. Instants are ms since the epoch. */
export interface ActionRow {
  tenant: string;
  /** Given by the client, or made; the key of its actor. */
  id: string;
  type: ActionType;
  audience: "one" | "many" | "all";
  /** Hash of what was handed in: the same id with another one is another action. */
  print: string;
  status: ActionStatus;
  /** Of its children; null until there are some. */
  batchId: string | null;
  /** Customers that have their children. */
  customers: number;
  /** The last of them, by id, where they are many: children are spawned for those after it. */
  cursor: string | null;
  /** Who wants no more children, and those that wait cancelled. */
  cancelWishedBy: string | null;
  /** Text of {@linkcode CountsByType}; null while it is running. */
  counts: string | null;
  createdBy: string;
  createdAt: number;
  endedAt: number | null;
}

/** Children that are open, and how the others ended. */
export interface ChildCounts {
  readonly total: number;
  readonly open: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** By the type of the job. */
export type CountsByType = Readonly<Record<ChildType, ChildCounts>>;

export const CHILD_TYPES = ["email", "credit-application"] as const;
export type ChildType = typeof CHILD_TYPES[number];

/** What is read of children. */
interface ChildRow {
  tenant: string;
  id: string;
  type: string;
  status: string;
  batchId: string | null;
}

interface BatchRow extends ChildCounts {
  tenant: string;
  id: string;
}

export interface ActionDatabase {
  customerActions: ActionRow;
  jobs: ChildRow;
  batches: BatchRow;
}
