/** A subscription as it is kept. Instants in ms since the epoch. */
export interface SubscriptionRow {
  readonly tenant: string;
  readonly id: string;
  /** JSON text of a list. */
  readonly eventTypes: string;
  readonly kind: string;
  readonly key: string;
  readonly message: string;
  readonly cursor: number;
  readonly sent: number;
  readonly status: "active" | "failing";
  readonly error: string | null;
  /** JSON text of a `SubscriptionGap`. */
  readonly gap: string | null;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** A kind whose subscriptions have been made for the tenants that were there: those that come later are told of all they emit. */
export interface SubscribingKindRow {
  readonly kind: string;
  readonly since: number;
}

export interface SubscriptionsDatabase {
  subscriptions: SubscriptionRow;
  subscribingKinds: SubscribingKindRow;
}
