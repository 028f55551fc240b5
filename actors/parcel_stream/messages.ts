import { z } from "zod";
import type { Ref } from "../authoring.ts";

const count = z.int().min(0);

/** An event that was found to be well-formed. */
export interface Scan {
  readonly eventId: number;
  readonly parcelId: number;
  readonly type: string;
  readonly statusCode: string;
  /** As the source wrote it. */
  readonly createdAt: string;
  readonly runId: string | null;
  readonly carrierId: string | null;
  readonly userId: string | null;
  readonly deviceId: number | null;
  readonly deviceTransactionId: number | null;
}

/** To a stream's actor. */
export const streamMessages = {
  /** Follow the source as long as nobody decides otherwise. */
  poll: z.object({
    epoch: z.int(),
    /** Of the stream, in what it tells itself: one that waits may find a later stream of the same name and epoch. */
    createdAt: z.int().optional(),
    /** Pages without news in a row. */
    idle: count.optional(),
    /** The event id to go on with; by default what follows the checkpoint, less the look-back. */
    from: count.optional(),
  }),
  /** Events that came without being asked for, at most 1,000, as a source writes them. */
  apply: z.object({ events: z.array(z.unknown()).max(1_000) }),
  /** The stream is gone: so go its parcels and scans, and its consumers' mail. */
  remove: z.object({ consumers: count }),
};

/** To a consumer: events of its parcels, in order of their ids. */
export const consumerMessages = {
  apply: z.object({
    stream: z.string(),
    /** Of the stream, which tells it from a later one of the same name. */
    createdAt: z.int(),
    /** Each as `handedScan` writes it. */
    scans: z.array(z.unknown()),
  }),
};

/** A malformed event: `raw` is its text, cut where it is too long for a message. */
export const malformedMessages = {
  inspect: z.object({ raw: z.string(), reason: z.string() }),
};

export function streamAt(tenant: string, name: string): Ref<typeof streamMessages> {
  return { tenant, kind: "parcel-stream", key: name };
}

/** `index` counts from 0. */
export function consumerAt(tenant: string, stream: string, index: number): Ref<typeof consumerMessages> {
  return { tenant, kind: "parcel-consumer", key: `${stream}.${index}` };
}

export function malformedAt(tenant: string, stream: string): Ref<typeof malformedMessages> {
  return { tenant, kind: "malformed-scan", key: stream };
}
