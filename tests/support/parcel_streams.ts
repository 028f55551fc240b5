import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ScanSimulator, SimulatedParcel } from "../../actors/parcel_stream/simulator/contract.ts";
import { type Api, until } from "./api.ts";
import type { TestDatabase } from "./postgres.ts";

/** What a server needs to follow a simulator, whose events are read in a moment. */
export const STREAM_ENV = { EGRESS_ALLOW: "127.0.0.1" };

/** A stream as the API tells of it, as far as the tests look. */
export interface ToldStream {
  readonly name: string;
  readonly baseUrl: string | null;
  readonly status: string;
  readonly checkpoint: number;
  readonly lastError: string | null;
}

export interface StreamDeclaration {
  readonly name: string;
  readonly baseUrl: string;
  readonly limit?: number;
  readonly pollIntervalMs?: number;
  readonly lookBack?: number;
  readonly consumers?: number;
}

/** @throws {Error} unless it is answered 201 */
export async function createStream({ send }: Api, stream: StreamDeclaration): Promise<ToldStream> {
  const response = await send("POST", "/api/streams", stream);
  const text = await response.text();
  if (response.status !== 201) throw new Error(`The stream ${stream.name} was answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

export async function readStream({ send }: Api, name: string): Promise<ToldStream> {
  return await (await send("GET", `/api/streams/${name}`)).json();
}

/** The stream once it has processed this event. @throws {Error} after 20 s */
export function readUpTo(api: Api, name: string, eventId: number): Promise<ToldStream> {
  return until(`the stream ${name} has read up to ${eventId}`, async () => {
    const stream = await readStream(api, name);
    return stream.checkpoint >= eventId ? stream : undefined;
  });
}

/** Resolves at the next call of the simulator. @throws {Error} after 20 s */
export async function nextRequest({ requests }: Pick<ScanSimulator, "requests">): Promise<void> {
  const asked = requests.length;
  await until("the source is asked", () => Promise.resolve(requests.length > asked || undefined));
}

/** The parcels of a stream by id, from the server's file, as the simulator's oracle has them. */
export function parcelsIn(
  server: { readonly dataDir: string },
  { tenant = "demo", stream }: { readonly tenant?: string; readonly stream: string },
): SimulatedParcel[] {
  using db = new DatabaseSync(join(server.dataDir, "mailroom.db"), { readOnly: true, timeout: 5_000 });
  return parcelRows(db, { tenant, stream });
}

const OF_STREAM = `select parcel_id as "parcelId", last_event_id as "lastEventId", type, status_code as "statusCode",
    created_at as "createdAt", run_id as "runId", carrier_id as "carrierId", pickup_at as "pickupAt",
    delivery_at as "deliveryAt"
  from parcels where tenant = $1 and stream = $2 order by parcel_id`;

export function parcelRows(
  db: DatabaseSync,
  { tenant, stream }: { readonly tenant: string; readonly stream: string },
): SimulatedParcel[] {
  const rows = db.prepare(OF_STREAM.replaceAll("$", "?")).all(tenant, stream);
  return rows.map((row) => ({ ...row })) as unknown as SimulatedParcel[];
}

/** The same of nodes on Postgres. */
export function parcelsAt(
  { query }: Pick<TestDatabase, "query">,
  { tenant = "demo", stream }: { readonly tenant?: string; readonly stream: string },
): Promise<SimulatedParcel[]> {
  return query<SimulatedParcel>(OF_STREAM, [tenant, stream]);
}
