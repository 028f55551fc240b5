import type { BUREAU_DECISIONS } from "../schemas.ts";

/**
 * A credit bureau on a real port: `POST {url}/applications` with an `Idempotency-Key`. What it decides follows from the
 * reference alone; the same seed makes the same faults for the same sequence of requests.
 */
export interface BureauSimulator extends AsyncDisposable {
  /** What CREDIT_BUREAU_BASE_URL is. */
  readonly url: string;
  /** What it has decided, by key: each once, however often it was asked. */
  readonly ledger: ReadonlyMap<string, DecidedApplication>;
  /** Requests of all kinds. */
  readonly calls: number;
  /** Requests with a key that had stood for another application before. */
  readonly misuses: number;
  /** From now on. */
  setFaults(faults: BureauFaults): void;
}

export type BureauDecision = typeof BUREAU_DECISIONS[number];

export interface DecidedApplication {
  /** The client's: `{actionId}/{customerId}`. */
  readonly reference: string;
  readonly decision: BureauDecision;
  /** How often it was asked. */
  readonly calls: number;
}

export interface BureauOptions {
  readonly seed?: number;
  /** None by default. */
  readonly faults?: BureauFaults;
  /** A free one by default. */
  readonly port?: number;
  /** What a limited answer asks to wait; 1 by default. */
  readonly retryAfterSeconds?: number;
}

/** How many of 1,000 requests meet each fault; 0 where it is not named. */
export interface BureauFaults {
  /** 500, nothing decided. */
  readonly serverError?: number;
  /** 422, for good: nothing decided. */
  readonly refused?: number;
  /** 429 with a Retry-After. */
  readonly limited?: number;
  /** Decided, but the connection is cut before the answer. */
  readonly lost?: number;
  /** Decided, but the answer ends in the middle. */
  readonly truncated?: number;
  /** A page of HTML with status 200, nothing decided. */
  readonly html?: number;
  /** No answer, until the caller gives up; nothing decided. */
  readonly hang?: number;
}
