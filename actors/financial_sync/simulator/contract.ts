import type { FaultProfile as PageFaults } from "../../parcel_stream/simulator/contract.ts";

/**
 * A ledger made up from a seed, on a real port, with entries for every tenant that asks: `GET {url}/entries` and
 * `GET {url}/control-totals` as upstream.ts has them. The same seed and options make the same entries.
 */
export interface LedgerSimulator extends AsyncDisposable {
  /** What LEDGER_BASE_URL is set to. */
  readonly url: string;
  /** What a tenant's transactions must be when all is read up to this position, in order; all by default. */
  oracle(tenant: string, upTo?: number): readonly SimulatedEntry[];
  /** What these come to, by day and currency. */
  totals(tenant: string, upTo?: number): readonly SimulatedTotal[];
  /** Of the last entry that can be read now. */
  lastPosition(tenant: string): number;
  /** Requests, newest last, at most 100,000. */
  readonly requests: readonly LedgerRequest[];
  /** Those that came before a Retry-After had passed which had been answered whole, be it to another tenant's. */
  readonly early: readonly EarlyLedgerRequest[];
  /** From now on. */
  setFaults(faults: LedgerFaults): void;
  /** Makes `count` more entries of each tenant appear, or all that are left. */
  release(count?: number): void;
  /** Entries are told with another amount, or not at all (null), from now on; control totals stay. */
  misstate(tenant: string, position: number, amount: number | null): void;
  /** Entries are told as they are. */
  mend(): void;
  /** Refuses connections until `start`, at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface LedgerOptions {
  readonly seed: number;
  /** Of each tenant. */
  readonly entries: number;
  /** 12 by default. */
  readonly accounts?: number;
  /** Over which the entries are spread evenly; 10 by default. */
  readonly days?: number;
  /** Entries of each tenant that can be read from the start; all by default. */
  readonly released?: number;
  /** None by default. */
  readonly faults?: LedgerFaults;
  /** A free one by default. */
  readonly port?: number;
  /** What a limited answer asks to wait; 1 by default. */
  readonly retryAfterSeconds?: number;
  /** After so long a hanging request is ended without an answer; never by default. */
  readonly hangMs?: number;
}

/** How many of 1,000 requests meet each fault; 0 where it is not named. The last three meet pages of entries only. */
export interface LedgerFaults
  extends Pick<PageFaults, "serverError" | "limited" | "hang" | "reset" | "truncated" | "html" | "repeated" | "empty"> {
  /** The entries of the page in any order, some of them twice. */
  readonly reordered?: number;
}

export interface LedgerRequest {
  /** Ms since the epoch. */
  readonly at: number;
  readonly path: string;
  readonly tenant: string;
  /** Null: for a control total. */
  readonly after: number | null;
  readonly day: string | null;
  readonly fault: keyof LedgerFaults | null;
  /** 0: none. */
  readonly status: number;
}

export interface EarlyLedgerRequest extends Pick<LedgerRequest, "at" | "tenant"> {
  /** When a request came that was asked to wait, of which tenant, and until when. */
  readonly askedAt: number;
  readonly askedTenant: string;
  readonly askedUntil: number;
}

export interface SimulatedEntry {
  readonly id: string;
  readonly position: number;
  readonly account: string;
  readonly amount: number;
  readonly currency: string;
  readonly bookedAt: string;
}

export interface SimulatedTotal {
  readonly day: string;
  readonly currency: string;
  readonly entries: number;
  readonly amount: number;
}
