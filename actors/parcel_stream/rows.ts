/**
 * A stream: what a person said of it, and how far it is. It is what decides: an actor that follows it reads the row before
 * each page, and what it commits changes the row only where `epoch` still is what it read. Instants in ms since the epoch.
 */
export interface StreamRow {
  tenant: string;
  name: string;
  /** Null: the upstream that SCAN_API_BASE_URL names. */
  baseUrl: string | null;
  /** Text of a JSON object; may hold secrets, so its values are never shown. */
  headers: string;
  /** Events of a page, 1-1,000. */
  pageLimit: number;
  /** The longest wait after a page that was not full. */
  pollIntervalMs: number;
  /** So many ids before the checkpoint are read again with each poll. */
  lookBack: number;
  /** 0: the stream's actor applies what it reads; else so many consumers do, each the parcels of its share. */
  consumers: number;
  /** What a person wants, and whether the last page could be had. Parked is what the supervisor says of its actor. */
  status: "running" | "paused" | "failing";
  /** Grows with each decision of a person; who was told to follow another one stops. */
  epoch: number;
  /** The last event id that was processed, or handed on to consumers in the same commit; 0: none. */
  checkpoint: number;
  /** When that event happened, as the source wrote it. */
  lastEventAt: string | null;
  /** Events that were processed since it was made. */
  processed: number;
  /** Of the last pages, smoothed. */
  eventsPerSecond: number;
  /** Of the last page that was had. */
  polledAt: number | null;
  /** Whether the last page was full, so that there may be more. */
  behind: 0 | 1;
  /** Failed pages in a row. */
  failures: number;
  /** Of the last page that failed, and when; they stay when it is well again. */
  lastError: string | null;
  failedAt: number | null;
  createdBy: string;
  createdAt: number;
  updatedAt: number;
}

/** The latest state of a parcel, by event id. Texts of instants are as the source wrote them, with all digits. */
export interface ParcelRow {
  tenant: string;
  stream: string;
  parcelId: number;
  lastEventId: number;
  type: string;
  statusCode: string;
  runId: string | null;
  carrierId: string | null;
  /** When the last event happened. */
  createdAt: string;
  /** Of the first PICKUP and the first DELIVERY by event id. */
  pickupAt: string | null;
  pickupEventId: number | null;
  deliveryAt: string | null;
  deliveryEventId: number | null;
  /** Ms since the epoch, of the commit. */
  updatedAt: number;
}

/** A scan event that was applied, kept for a while. */
export interface ScanRow {
  tenant: string;
  stream: string;
  parcelId: number;
  eventId: number;
  type: string;
  statusCode: string;
  runId: string | null;
  carrierId: string | null;
  userId: string | null;
  deviceId: number | null;
  deviceTransactionId: number | null;
  /** As the source wrote it. */
  createdAt: string;
  /** Ms since the epoch. */
  receivedAt: number;
}

/** A malformed event that was set aside: seen again, it is known by it. */
export interface MalformedScanRow {
  tenant: string;
  stream: string;
  /** SHA-256 of its text, in hex. */
  fingerprint: string;
  /** Ms since the epoch. */
  receivedAt: number;
}

/** In the order in which they came. */
export interface StoredScan extends ScanRow {
  /** Given by the database. */
  id?: number;
  /** Of the event that was the parcel's last one until this; null for its first, and for one that came after a later one. */
  previousEventId: number | null;
}

/** What is unhandled in the mailboxes of consumers. */
interface MailRow {
  tenant: string;
  kind: string;
  key: string;
}

export interface ParcelDatabase {
  parcelStreams: StreamRow;
  parcels: ParcelRow;
  scans: StoredScan;
  malformedScans: MalformedScanRow;
  messages: MailRow;
}
