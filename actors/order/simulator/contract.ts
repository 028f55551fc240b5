/**
 * A card upstream on a real port: `POST {url}/orders` with an `Idempotency-Key`, and `GET {url}/ledger` for people. What it
 * says follows from the order alone; the same seed makes the same faults for the same sequence of requests.
 */
export interface CardSimulator extends AsyncDisposable {
  /** What ORDERS_BASE_URL is. */
  readonly url: string;
  /** What it has fulfilled, by key: each once, however often it was asked. */
  readonly ledger: ReadonlyMap<string, FulfilledOrder>;
  /** Requests of all kinds. */
  readonly calls: number;
  /** Requests with a key that had stood for another order before. */
  readonly misuses: number;
  /** Requests that came before the instant that the last limited answer had named. */
  readonly early: number;
  /** From now on. */
  setFaults(faults: CardFaults): void;
}

export interface FulfilledOrder {
  /** The client's: `{tenant}/{requestId}`. */
  readonly requestId: string;
  readonly orderId: string;
  readonly status: "succeeded" | "failed";
  /** How often it was asked. */
  readonly calls: number;
}

export interface CardOptions {
  readonly seed?: number;
  /** None by default. */
  readonly faults?: CardFaults;
  /** A free one by default. */
  readonly port?: number;
  /** What a limited answer asks to wait; 1 by default. */
  readonly retryAfterSeconds?: number;
  /** After so long a hanging request is ended without an answer; never by default. */
  readonly hangMs?: number;
}

/** How many of 1,000 requests meet each fault; 0 where it is not named. */
export interface CardFaults {
  /** 500, nothing fulfilled. */
  readonly serverError?: number;
  /** 422, for good: nothing fulfilled. */
  readonly refused?: number;
  /** 429 with a Retry-After. */
  readonly limited?: number;
  /** Fulfilled, but the connection is cut before the answer. */
  readonly lost?: number;
  /** Fulfilled, but the answer ends in the middle. */
  readonly truncated?: number;
  /** A page of HTML with status 200, nothing fulfilled. */
  readonly html?: number;
  /** No answer; whether it is fulfilled is anybody's guess: every second one is. */
  readonly hang?: number;
}
