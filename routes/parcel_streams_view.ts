import { z } from "@hono/zod-openapi";
import type { StreamRow } from "../actors/parcel_stream/rows.ts";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import { parcelSource, scanApi } from "../actors/parcel_stream/upstreams.ts";
import { type Parked, RuntimeError, type System } from "../runtime/mod.ts";
import { parkedOf, parkedOrNot } from "./actor_view.ts";
import { iso } from "./instant.ts";

export const STREAM_KIND = "parcel-stream";

/** Kebab-case; so a name is a key of actors, and sorts alike in every collation. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LONGEST_NAME = 100;
const EXAMPLE = "north-depot";

export const streamName = z.string().max(LONGEST_NAME).regex(NAME, "must be kebab-case, as north-depot is")
  .openapi({ description: "Kebab-case; unique in its tenant", example: EXAMPLE });

/** The `{name}` of a stream's path; one that cannot be one answers 404 like any other unknown stream. */
export const streamParams = z.object({
  name: z.string().max(LONGEST_NAME).regex(NAME).openapi({ description: "Of the stream", example: EXAMPLE }),
});

export const STREAM_STATUSES = ["running", "paused", "failing", "parked"] as const;

const instant = z.iso.datetime();

/** A stream as it reads on the wire. */
export const streamView = z.object({
  name: z.string().openapi({ description: "Kebab-case", example: EXAMPLE }),
  baseUrl: z.string().nullable().openapi({
    description: "Where its events are read; null: where `SCAN_API_BASE_URL` says",
    example: "https://scans.example/v1/scans/scanevents",
  }),
  status: z.enum(STREAM_STATUSES).openapi({
    description:
      "`failing`: the last page could not be had, and is asked for again; `paused`: until somebody resumes " +
      "it; `parked`: it failed so often in so short a time that it is left alone until somebody resumes it",
  }),
  checkpoint: z.number().int().openapi({
    description: "The last event id that is processed; 0: none. It never passes an event that is not",
  }),
  lastEventAt: z.string().nullable().openapi({
    description: "When that event happened, as the source wrote it; null when none was processed since the last reset",
    example: "2021-05-11T21:11:34.1506147Z",
  }),
  behind: z.boolean().openapi({ description: "The last page was full, so there may be more to read at once" }),
  lagMs: z.number().int().nullable().openapi({
    description:
      "While it is behind: the age of the last event that is processed. Otherwise the silence: how long ago " +
      "the source was last read to its end. Null when it was never read",
  }),
  eventsPerSecond: z.number().openapi({ description: "Over the last pages" }),
  processed: z.number().int().openapi({ description: "Events since the stream was made, pushed ones too" }),
  polledAt: instant.nullable().openapi({ description: "When a page was last had" }),
  failures: z.number().int().openapi({ description: "Pages in a row that could not be had" }),
  lastError: z.string().nullable().openapi({
    description: "Why a page could last not be had; it stays when the stream is well again",
  }),
  failedAt: instant.nullable().openapi({ description: "When that was" }),
  breaker: z.enum(["closed", "open", "half-open"]).nullable().openapi({
    description: "Of its source, as the node that answers sees it; null when it has not called the source lately",
  }),
  parked: parkedOrNot,
  limit: z.number().int().openapi({ description: "Events of a page" }),
  pollIntervalMs: z.number().int().openapi({ description: "The longest wait after a page that was not full" }),
  lookBack: z.number().int().openapi({ description: "So many ids before the checkpoint are read again each time" }),
  consumers: z.number().int().openapi({
    description: "0: the stream applies what it reads by itself; else so many actors do, each some of the parcels",
  }),
  headers: z.array(z.string()).openapi({
    description: "The names of the headers that are sent to the source; their values are never shown",
  }),
  createdBy: z.string().openapi({ description: "Who declared it: a subject, or `system`" }),
  createdAt: instant.openapi({ description: "When it was declared" }),
  updatedAt: instant.openapi({ description: "When it last went on, failed, or was changed by somebody" }),
}).openapi("ParcelStream");

export type StreamView = z.infer<typeof streamView>;

/** The same for a stream that never was and for another tenant's. */
export function noStream(): RuntimeError {
  return new RuntimeError("not-found", "There is no such stream");
}

/** @throws {RuntimeError} `not-found` where the installation has no such kind */
export function mustFollowParcels({ registry }: Pick<System, "registry">): void {
  if (!registry.kinds.has(STREAM_KIND)) throw new RuntimeError("not-found", "This installation follows no parcels");
}

/** @throws {RuntimeError} `not-found` */
export async function streamOf(system: System, tenant: string, name: string): Promise<StreamRow> {
  mustFollowParcels(system);
  const row = await system.point(tenant, parcelTables.queries.stream, { name });
  if (row === null) throw noStream();
  return row;
}

/** As it is now. @throws {RuntimeError} `not-found` */
export async function currentView(system: System, tenant: string, name: string): Promise<StreamView> {
  const row = await streamOf(system, tenant, name);
  const found = await system.inspect({ tenant, kind: STREAM_KIND, key: name });
  return viewOfStream(system, row, found?.parked ?? null);
}

export function viewOfStream(
  system: Pick<System, "now" | "upstreams">,
  row: StreamRow,
  parked: Parked | null,
): StreamView {
  const { name, baseUrl, checkpoint, lastEventAt, eventsPerSecond, processed, failures, lastError } = row;
  return {
    name,
    baseUrl,
    status: parked === null ? row.status : "parked",
    checkpoint,
    lastEventAt,
    behind: row.behind === 1,
    lagMs: lagOf(row, system.now()),
    eventsPerSecond,
    processed,
    polledAt: isoOrNull(row.polledAt),
    failures,
    lastError,
    failedAt: isoOrNull(row.failedAt),
    breaker: breakerOf(system, row),
    parked: parkedOf(parked),
    limit: row.pageLimit,
    pollIntervalMs: row.pollIntervalMs,
    lookBack: row.lookBack,
    consumers: row.consumers,
    headers: Object.keys(JSON.parse(row.headers)),
    createdBy: row.createdBy,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

/** A source that says no time zone means UTC. */
function lagOf({ behind, lastEventAt, polledAt }: StreamRow, now: number): number | null {
  if (behind === 0 || lastEventAt === null) return polledAt === null ? null : Math.max(0, now - polledAt);
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(lastEventAt) ? lastEventAt : `${lastEventAt}Z`;
  const at = Date.parse(zoned);
  return Number.isNaN(at) ? null : Math.max(0, now - at);
}

function breakerOf(
  { upstreams }: Pick<System, "upstreams">,
  { tenant, baseUrl }: StreamRow,
): StreamView["breaker"] {
  const key = baseUrl === null
    ? { upstream: scanApi.name, tenant: null, baseUrl }
    : { upstream: parcelSource.name, tenant, baseUrl };
  return upstreams.sightOf(key)?.breaker ?? null;
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
