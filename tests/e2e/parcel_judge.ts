import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { DatabaseSync } from "node:sqlite";
import type {
  EarlyRequest,
  ScanSimulator,
  SimulatedParcel,
  SimulatedScan,
} from "../../actors/parcel_stream/simulator/contract.ts";
import { scanFrom } from "../../actors/parcel_stream/handed_scan.ts";
import { parcelRows } from "../support/parcel_streams.ts";
import type { Findings } from "./torture_campaign.ts";

/** A stream under attack, and what knows the truth of it. */
export interface Followed {
  readonly tenant: string;
  readonly stream: string;
  readonly consumers: number;
  readonly source: ScanSimulator;
  /** When its server was killed, and until when it had written down that it must wait. */
  readonly kills: { readonly at: number; readonly waitUntil: number }[];
}

const WRITTEN_WITHIN_MS = 1_000;

/** Of a server that was killed: what its file says must be true at once. Answers the checkpoint. */
export function judgeKilled(db: DatabaseSync, followed: Followed, findings: Findings): number {
  const { tenant, stream, consumers, source } = followed;
  const checkpoint = checkpointOf(db, followed);
  const applied = new Set(appliedIds(db, followed));
  const handedOn = new Set(handedOnIds(db, followed));
  findings.expectAll(
    "the checkpoint is never ahead of an unapplied event",
    source.scans(checkpoint),
    ({ eventId }) => applied.has(eventId) || handedOn.has(eventId),
  );
  const known = new Set([...deadTexts(db, followed), ...waitingTexts(db, followed)]);
  findings.expectAll(
    "the checkpoint is never ahead of a malformed event that was not set aside",
    source.malformedTexts(checkpoint),
    (text) => known.has(text),
  );
  if (consumers === 0) {
    const name = "the parcels are those of the checkpoint, row for row";
    compareParcels(parcelRows(db, { tenant, stream }), source.oracle(checkpoint), { name, findings });
  }
  return checkpoint;
}

/** Of a stream that has read everything. */
export function judgeFinished(db: DatabaseSync, followed: Followed, findings: Findings): void {
  const { tenant, stream, source, kills } = followed;
  const scans = source.scans();
  const checkpoint = checkpointOf(db, followed);
  findings.expect("a stream reads everything", checkpoint === source.lastEventId, () => `${stream}: ${checkpoint}`);
  const name = "the parcels are those of the source, row for row";
  compareParcels(parcelRows(db, { tenant, stream }), source.oracle(), { name, findings });
  const applied = appliedIds(db, followed);
  findings.expect(
    "each event is kept once",
    isDeepStrictEqual(applied.toSorted((one, other) => one - other), scans.map(({ eventId }) => eventId)),
    () => `${stream}: ${applied.length} of ${scans.length}`,
  );
  const dead = deadTexts(db, followed).toSorted();
  const malformed = [...new Set(source.malformedTexts())].toSorted();
  findings.expect("the dead letters are the malformed events", isDeepStrictEqual(dead, malformed), () => {
    return `${stream}: ${dead.length} of ${malformed.length}; ${malformed.filter((text) => !dead.includes(text))}`;
  });
  judgeEvents(db, followed, { scans, findings });
  // Else what came early would be put down to a server that could not know.
  const waits = source.requests.filter(({ fault, at }) =>
    fault === "limited" && !kills.some((kill) => kill.at >= at && kill.at - at < WRITTEN_WITHIN_MS)
  );
  const isWritten = waits.length === 0 || writtenWait(db, followed) > 0;
  findings.expect("what a source asks for is written down", isWritten, () => `${stream}: ${waits.length} times`);
}

/** Calls that came too soon; answers those of servers that could not know: the one before was killed before it had written. */
export function judgeEarly({ source, kills }: Followed, findings: Findings): readonly EarlyRequest[] {
  const { requests, early } = source;
  const mayBe = (call: EarlyRequest) =>
    kills.some(({ at, waitUntil }) => call.askedAt <= at && at <= call.at && waitUntil < call.askedUntil);
  const name = "no call comes before a Retry-After has passed";
  for (let inTime = requests.length - early.length; inTime > 0; inTime--) findings.expect(name, true);
  for (const call of early.filter((call) => !mayBe(call))) {
    findings.expect(name, false, () => JSON.stringify({ ...call, kills }));
  }
  return early.filter(mayBe);
}

/** Until when the file says that the source of a stream is to be left alone; 0 when it does not. */
export function writtenWait(db: DatabaseSync, { tenant, source }: Pick<Followed, "tenant" | "source">): number {
  const key = createHash("sha256").update(["parcel-source", tenant, source.url].join("\n")).digest("hex");
  const row = db.prepare("select state from upstream_limits where id = ?").get(`parcel-source:${key}`);
  return row === undefined ? 0 : Number(JSON.parse(String(row["state"])).waitUntil);
}

export function checkpointOf(db: DatabaseSync, { tenant, stream }: Pick<Followed, "tenant" | "stream">): number {
  const row = db.prepare("select checkpoint from parcel_streams where tenant = ? and name = ?").get(tenant, stream);
  return Number(row?.["checkpoint"] ?? 0);
}

/** Messages of its consumers and malformed events that are not handled yet. */
export function waitingMail(db: DatabaseSync, { tenant, stream }: Pick<Followed, "tenant" | "stream">): number {
  const row = db.prepare(
    `select count(*) as waiting from messages
     where tenant = ? and (kind = 'malformed-scan' and key = ? or kind = 'parcel-consumer' and key like ?)`,
  ).get(tenant, stream, `${stream}.%`);
  return Number(row!["waiting"]);
}

function judgeEvents(
  db: DatabaseSync,
  { tenant, stream }: Followed,
  { scans, findings }: { scans: readonly SimulatedScan[]; findings: Findings },
): void {
  const told = db.prepare("select type, data from events where tenant = ? and type like 'parcel.%' order by number")
    .all(tenant).map(({ type, data }) => ({ ...JSON.parse(String(data)), type: String(type) }))
    .filter((event) => event.stream === stream);
  const expected = changesIn(scans);
  const byParcel = (changes: readonly Change[]) =>
    Object.groupBy(changes, ({ parcelId }) => parcelId) as Record<number, Change[]>;
  const [toldByParcel, expectedByParcel] = [byParcel(told), byParcel(expected)];
  findings.expectAll(
    "each change is told once, in order",
    Object.keys(expectedByParcel).map(Number),
    (parcelId) =>
      isDeepStrictEqual(
        toldByParcel[parcelId]?.map(({ type, eventId }) => [type, eventId]),
        expectedByParcel[parcelId]?.map(({ type, eventId }) => [type, eventId]),
      ),
  );
  findings.expect("nothing else is told", told.length === expected.length, () => `${told.length}, ${expected.length}`);
}

interface Change {
  readonly type: string;
  readonly parcelId: number;
  readonly eventId: number;
}

/** The first pickup, the first delivery, and each other change of a parcel's type or status. */
function changesIn(scans: readonly SimulatedScan[]): Change[] {
  const latest = new Map<number, SimulatedScan & { seen: Set<string> }>();
  const changes: Change[] = [];
  for (const scan of scans) {
    const { parcelId, eventId, type, statusCode } = scan;
    const before = latest.get(parcelId);
    const seen = before?.seen ?? new Set();
    const isNew = !seen.has(type);
    latest.set(parcelId, { ...scan, seen: seen.add(type) });
    if (type === "PICKUP" && isNew) changes.push({ type: "parcel.picked-up", parcelId, eventId });
    else if (type === "DELIVERY" && isNew) changes.push({ type: "parcel.delivered", parcelId, eventId });
    else if (before?.type !== type || before.statusCode !== statusCode) {
      changes.push({ type: "parcel.status-changed", parcelId, eventId });
    }
  }
  return changes;
}

function compareParcels(
  found: readonly SimulatedParcel[],
  wanted: readonly SimulatedParcel[],
  { name, findings }: { name: string; findings: Findings },
): void {
  const byId = new Map(found.map((parcel) => [parcel.parcelId, parcel]));
  for (const parcel of wanted) {
    const own = byId.get(parcel.parcelId);
    const holds = own !== undefined && isDeepStrictEqual({ ...own }, { ...parcel });
    findings.expect(name, holds, () => `${JSON.stringify(own)}, should be ${JSON.stringify(parcel)}`);
  }
  findings.expect(name, found.length === wanted.length, () => `${found.length} rows, should be ${wanted.length}`);
}

function appliedIds(db: DatabaseSync, { tenant, stream }: Followed): number[] {
  return db.prepare("select event_id from scans where tenant = ? and stream = ?").all(tenant, stream)
    .map(({ event_id: id }) => Number(id));
}

/** What consumers have in their mailboxes, with their stream's checkpoint in one commit. */
function handedOnIds(db: DatabaseSync, { tenant, stream }: Followed): number[] {
  return db.prepare("select payload from messages where tenant = ? and kind = 'parcel-consumer' and key like ?")
    .all(tenant, `${stream}.%`).flatMap(({ payload }) => JSON.parse(String(payload)).scans as unknown[])
    .map((handed) => scanFrom(handed).eventId);
}

function deadTexts(db: DatabaseSync, followed: Followed): string[] {
  return malformedIn(db, "dead_letters", followed);
}

function waitingTexts(db: DatabaseSync, followed: Followed): string[] {
  return malformedIn(db, "messages", followed);
}

function malformedIn(db: DatabaseSync, table: "dead_letters" | "messages", { tenant, stream }: Followed): string[] {
  return db.prepare(`select payload from ${table} where tenant = ? and kind = 'malformed-scan' and key = ?`)
    .all(tenant, stream).map(({ payload }) => JSON.parse(String(payload)).raw);
}
