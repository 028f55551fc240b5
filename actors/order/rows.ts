export const ORDER_STATUSES = ["pending", "submitted", "succeeded", "failed"] as const;
export type OrderStatus = typeof ORDER_STATUSES[number];

/**
 * Cards that somebody has ordered. Instants are ms since the epoch.
 *
 *   pending ──the upstream is about to be called──► submitted ──it has answered──► succeeded | failed
 */
export interface OrderRow {
  tenant: string;
  /** Given by the client; unique in the tenant, and the key of its actor. */
  requestId: string;
  /** Made when it was accepted: what the upstream knows repeats by. */
  id: string;
  /** Hash of what was handed in: the same `requestId` with another one is another order. */
  print: string;
  /** Text of the list of `OrderedProduct`. */
  products: string;
  /** ISO 4217. */
  currency: string;
  /** What the products come to, in the currency's smallest unit. */
  amount: number;
  status: OrderStatus;
  /** The upstream's; null before its answer, and where it has refused the order. */
  externalId: string | null;
  /** Why it failed. */
  reason: string | null;
  createdBy: string;
  createdAt: number;
  /** When the upstream was first about to be called. */
  submittedAt: number | null;
  endedAt: number | null;
}

export interface OrderDatabase {
  orders: OrderRow;
}
