import type { Deed } from "../actor/journal.ts";

/**
 * Who is told of a tenant's events, beside those who follow the feed.
 *
 * A subscription is a row with a cursor over its tenant's log: all events up to that number have been looked at for it. The
 * messages that it sends and the step of its cursor are one commit, guarded by where the cursor was read, so each event of
 * its type is sent to its target once, in the order of the log, whatever dies and however many nodes look.
 *
 * Nothing is passed over but what retention has removed before it could be sent; the subscription then goes on after the gap,
 * and the event `subscription.gap` and its row say so.
 */
export interface Subscriptions {
  /**
   * Begins after the tenant's last event.
   * @throws {RuntimeError} `invalid-message` for what is no type of events; `conflict` when there is one that says the same, or
   * the tenant has a hundred; and what `System.tell` would throw for its target
   */
  create(tenant: string, declared: SubscriptionDeclaration, deed?: Deed): Promise<Subscription>;
  /** @throws {RuntimeError} `not-found`; `conflict` for one that comes with a kind */
  remove(tenant: string, id: string, deed?: Deed): Promise<void>;
  get(tenant: string, id: string): Promise<Subscription | null>;
  /** By id; `after` is the id that the page before ended with. */
  page(page: { readonly tenant: string; readonly after?: string | undefined; readonly limit: number }): Promise<
    readonly Subscription[]
  >;
}

/** Whom a subscription tells; of its own tenant. */
export interface SubscriptionTarget {
  readonly kind: string;
  readonly key: string;
  /** One that takes a `subscribedEvent`. */
  readonly message: string;
}

export interface SubscriptionDeclaration {
  /** From `createId`, by a caller that must know it before the answer. */
  readonly id?: string;
  readonly eventType: string;
  readonly target: SubscriptionTarget;
}

/** Instants are ms since the epoch. */
export interface Subscription {
  readonly tenant: string;
  /** A ULID; `kind:{kind}` for one that comes with a kind. */
  readonly id: string;
  /** One, unless it comes with a kind. */
  readonly eventTypes: readonly string[];
  readonly target: SubscriptionTarget;
  /** It comes with a kind: it cannot be removed. */
  readonly builtIn: boolean;
  /** Number of the last event that was looked at for it, at most a little behind. */
  readonly cursor: number;
  /** Events that were sent. */
  readonly sent: number;
  /** `failing`: the next event is not accepted, for the reason that `error` gives; it is tried again every minute. */
  readonly status: "active" | "failing";
  readonly error: string | null;
  /** The latest events, by number, that were gone before they could be looked at. */
  readonly gap: SubscriptionGap | null;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** Numbers of the first and last event, and when that was seen. */
export interface SubscriptionGap {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}
