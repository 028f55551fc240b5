/**
 * A Scan Event API made up from a seed, on a real port: `GET {url}?FromEventId={n}&Limit={m}`. The same seed and options
 * make the same events and, for the same sequence of requests, the same faults.
 */
export interface ScanSimulator extends AsyncDisposable {
  /** What a stream is given as `baseUrl`. */
  readonly url: string;
  /**
   * Every parcel that has an event which is not malformed, as it must be once all events up to this id are processed, by
   * id; all events by default.
   */
  oracle(upTo?: number): readonly SimulatedParcel[];
  /** The events up to this id that are not malformed, in order; all by default. */
  scans(upTo?: number): readonly SimulatedScan[];
  /** The malformed ones up to this id as they are written on the wire, in order; all by default. */
  malformedTexts(upTo?: number): readonly string[];
  /** The largest event id; a stream's checkpoint when it has read everything. */
  readonly lastEventId: number;
  readonly malformed: number;
  /** Requests, newest last, at most 100,000. */
  readonly requests: readonly SimulatedRequest[];
  /** Those that came before a Retry-After had passed which had been answered whole. */
  readonly early: readonly EarlyRequest[];
  /** From now on. */
  setFaults(faults: FaultProfile): void;
  /** Makes `count` more events appear, or all that are left. */
  release(count?: number): void;
  /** Refuses connections until `start`, at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface ScanSimulatorOptions {
  readonly seed: number;
  readonly events: number;
  readonly parcels: number;
  /** Events that can be read from the start; all by default. */
  readonly released?: number;
  /** None by default. */
  readonly faults?: FaultProfile;
  /** Of 1,000 events; 5 by default. */
  readonly malformedPerMille?: number;
  /** Ids left out, of 1,000; 20 by default. */
  readonly holesPerMille?: number;
  /** A free one by default. */
  readonly port?: number;
  /** When the first event happens, ms since the epoch; the same for all seeds by default. */
  readonly firstEventAt?: number;
  /** Between two events, in the mean; 500 by default. */
  readonly eventEveryMs?: number;
  /** What a limited answer asks to wait; 1 by default. */
  readonly retryAfterSeconds?: number;
  /** How long a page takes to be answered; no time by default. */
  readonly answerMs?: number;
  /** After so long a hanging request is ended without an answer; never by default. */
  readonly hangMs?: number;
}

/** How many of 1,000 requests meet each fault; 0 where it is not named. */
export interface FaultProfile {
  readonly serverError?: number;
  /** 429 that asks to wait, in seconds or as a date, with or without a Date, or in words in the body. */
  readonly limited?: number;
  /** No answer, until the caller gives up. */
  readonly hang?: number;
  /** The connection is cut in the middle of the body. */
  readonly reset?: number;
  /** A body that ends too early though its length says otherwise, or is no whole JSON. */
  readonly truncated?: number;
  /** A page of HTML with status 200. */
  readonly html?: number;
  /** Some events twice in one page. */
  readonly duplicates?: number;
  /** The page before, once more. */
  readonly repeated?: number;
  /** No events although there are some. */
  readonly empty?: number;
}

export interface SimulatedRequest {
  /** Ms since the epoch. */
  readonly at: number;
  readonly fromEventId: number;
  readonly limit: number;
  readonly fault: keyof FaultProfile | null;
  readonly status: number;
}

export interface EarlyRequest extends SimulatedRequest {
  /** When the answer began that asked to wait, and until when it did. Ms since the epoch. */
  readonly askedAt: number;
  readonly askedUntil: number;
}

/** What a scan event says, before it is written down. */
export interface SimulatedScan {
  readonly eventId: number;
  readonly parcelId: number;
  readonly type: string;
  readonly statusCode: string;
  readonly createdAt: string;
  readonly runId: string | null;
  readonly carrierId: string | null;
}

export interface SimulatedParcel {
  readonly parcelId: number;
  readonly lastEventId: number;
  readonly type: string;
  readonly statusCode: string;
  readonly runId: string | null;
  readonly carrierId: string | null;
  readonly createdAt: string;
  readonly pickupAt: string | null;
  readonly deliveryAt: string | null;
}
