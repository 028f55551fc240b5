import type { Context } from "../authoring.ts";
import { type Applied, applyScans, type ParcelChange } from "./apply_scans.ts";
import { cutRaw } from "./commit_chunks.ts";
import type { Judged, Malformed } from "./judge_events.ts";
import { type HandedScan, handedScan } from "./handed_scan.ts";
import { consumerAt, malformedAt, type Scan } from "./messages.ts";
import type { Known, KnownParcel } from "./queries.ts";
import { parcelsText, scansText } from "./text_writes.ts";
import type { StreamRow } from "./rows.ts";
import { parcelTables } from "./tables.ts";

const { queries, writes } = parcelTables;

/** Of one message to a consumer, as JSON text. */
const HANDED_CHARS = 200 * 1024;

export interface TakenIn {
  /** Events that were not known before, malformed ones apart. */
  readonly scans: readonly Scan[];
  /** Whether there is anything to commit. */
  readonly isNews: boolean;
}

/**
 * Writes what is new of some events, or hands it on where the stream has consumers, and sets malformed ones aside. Those
 * with ids up to `repeatedTo` may have been there before. `parcels` is what is known of the stream's parcels while nobody
 * else changes them; it is filled and kept up. Null: there is no such stream.
 */
export async function takeIn(
  ctx: Context,
  judged: readonly Judged[],
  { stream, parcels, repeatedTo }: {
    stream: Pick<StreamRow, "name" | "consumers" | "createdAt">;
    parcels: Map<number, KnownParcel>;
    repeatedTo: number;
  },
): Promise<TakenIn | null> {
  const { name, consumers } = stream;
  const all = judged.flatMap((one) => "scan" in one ? [one.scan] : []);
  const malformed = await fingerprinted(judged);
  const args = {
    stream: name,
    parcels: consumers > 0 ? [] : unknownParcels(all, parcels),
    scans: all.filter(({ eventId }) => eventId <= repeatedTo).map(({ parcelId, eventId }) =>
      [parcelId, eventId] as const
    ),
    fingerprints: [...malformed.keys()],
  };
  const isAsking = args.parcels.length + args.scans.length + args.fingerprints.length > 0;
  const known: Known | null = isAsking ? await ctx.query(queries.known, args) : null;
  if (known !== null && known.stream === null) return null;
  for (const parcel of known?.parcels ?? []) parcels.set(parcel.parcelId, parcel);
  const repeated = new Set(known?.scans.map(([parcelId, eventId]) => `${parcelId} ${eventId}`));
  const scans = repeated.size === 0
    ? all
    : all.filter(({ parcelId, eventId }) => !repeated.has(`${parcelId} ${eventId}`));
  for (const fingerprint of known?.fingerprints ?? []) malformed.delete(fingerprint);
  for (const [fingerprint, each] of malformed) {
    ctx.write(writes.setAside, { stream: name, fingerprint, receivedAt: ctx.now() });
    ctx.tell(malformedAt(ctx.tenant, name), "inspect", { raw: cutRaw(each), reason: each.reason });
  }
  if (consumers > 0) handOn(ctx, scans, stream);
  else for (const [id, parcel] of writeScans(ctx, scans, { stream: name, parcels }).known) parcels.set(id, parcel);
  return { scans, isNews: scans.length + malformed.size > 0 };
}

/** Writes the scans, what they change of their parcels, and the events that tell of it. */
export function writeScans(
  ctx: Context,
  scans: readonly Scan[],
  { stream, parcels }: { stream: string; parcels: ReadonlyMap<number, KnownParcel> },
): Applied {
  const at = ctx.now();
  const applied = applyScans(parcels, scans);
  if (applied.parcels.length > 0) {
    ctx.write(writes.tracked, { stream, at, rows: parcelsText(applied.parcels.toSorted(byParcel)) });
  }
  if (scans.length > 0) ctx.write(writes.scanned, { stream, at, rows: scansText(applied.scans) });
  for (const change of applied.changes) tellChange(ctx, change, stream);
  return applied;
}

/** Of which parcels nothing is known yet. */
export function unknownParcels(scans: readonly Scan[], parcels: ReadonlyMap<number, KnownParcel>): number[] {
  const ids = new Set<number>();
  for (const { parcelId } of scans) if (!parcels.has(parcelId)) ids.add(parcelId);
  return [...ids];
}

function tellChange(ctx: Context, { type: event, scan }: ParcelChange, stream: string): void {
  const { parcelId, eventId, type, statusCode, runId, carrierId, createdAt } = scan;
  const data = { parcelId, stream, eventId, type, statusCode, runId, carrierId, createdAt };
  ctx.emit(event, data, { subject: `parcel/${parcelId}` });
}

/** The order of the index, in which rows are added soonest. */
function byParcel(one: { readonly parcelId: number }, other: { readonly parcelId: number }): number {
  return one.parcelId - other.parcelId;
}

/** A parcel's events all go to one consumer, in order. */
function handOn(
  ctx: Context,
  scans: readonly Scan[],
  { name: stream, consumers, createdAt }: Pick<StreamRow, "name" | "consumers" | "createdAt">,
): void {
  const shares: Scan[][] = Array.from({ length: consumers }, () => []);
  for (const scan of scans) shares[scan.parcelId % consumers]!.push(scan);
  for (const [index, share] of shares.entries()) {
    for (const scans of messages(share)) {
      ctx.tell(consumerAt(ctx.tenant, stream, index), "apply", { stream, createdAt, scans });
    }
  }
}

/** As few messages as hold it. */
function* messages(share: readonly Scan[]): Generator<HandedScan[]> {
  if (share.length === 0) return;
  const handed = share.map(handedScan);
  if (share.length === 1 || mostChars(share) <= HANDED_CHARS || JSON.stringify(handed).length <= HANDED_CHARS) {
    return yield handed;
  }
  const middle = share.length >> 1;
  yield* messages(share.slice(0, middle));
  yield* messages(share.slice(middle));
}

/** Of its JSON text, whatever is escaped there: so most shares need not be written twice. */
function mostChars(share: readonly Scan[]): number {
  let chars = 0;
  for (const { type, statusCode, createdAt, runId, carrierId, userId } of share) {
    const texts = type.length + statusCode.length + createdAt.length + (runId?.length ?? 0) + (carrierId?.length ?? 0) +
      (userId?.length ?? 0);
    chars += 6 * texts + 100;
  }
  return chars;
}

/** By the hash of their text: of several with the same text one. */
async function fingerprinted(judged: readonly Judged[]): Promise<Map<string, Malformed>> {
  const found = new Map<string, Malformed>();
  for (const one of judged) {
    if (!("malformed" in one)) continue;
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(one.malformed.raw));
    found.set(new Uint8Array(hash).toHex(), one.malformed);
  }
  return found;
}
