import assert from "node:assert/strict";
import type { ScanSimulator } from "../../actors/parcel_stream/simulator/contract.ts";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { apiOf, until } from "../support/api.ts";
import { createStream, parcelsAt, STREAM_ENV } from "../support/parcel_streams.ts";
import { testDatabase } from "../support/postgres.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";

const STREAMS = 4;
const EVENTS = 600;
const LIMIT = 20;

Deno.test("two servers on one Postgres share the streams, and each event is applied once, though one is killed [S1-22, S1-25]", async () => {
  await using database = await testDatabase();
  await using stack = new AsyncDisposableStack();
  const start = async (name: string) =>
    stack.use(
      await startServer({ env: { ...STREAM_ENV, DATABASE_URL: database.url, NODE: name, LEASE_MS: "3000" } }),
    );
  const [one, other] = [await start("one"), await start("other")];
  const sources = new Map<string, ScanSimulator>();
  for (let index = 0; index < STREAMS; index++) {
    const name = `depot-${index}`;
    const source = stack.use(
      await openScanSimulator({ seed: 50 + index, events: EVENTS, parcels: 40, released: EVENTS / 2 }),
    );
    sources.set(name, source);
    const consumers = index % 2 === 0 ? 0 : 2;
    const server = index < 2 ? one : other;
    await createStream(apiOf(server), { name, baseUrl: source.url, limit: LIMIT, pollIntervalMs: 1_000, consumers });
  }
  await until("both have followed streams", () => Promise.resolve(pollsOf(one) > 0 && pollsOf(other) > 0 || undefined));

  // Nobody asks for what another one has: full pages are asked for once.
  for (const { requests, scans } of sources.values()) {
    const full = requests.map(({ fromEventId }) => fromEventId).filter((from) =>
      from < scans()[EVENTS / 2 - LIMIT]!.eventId
    );
    assert.equal(new Set(full).size, full.length);
  }

  for (const source of sources.values()) source.release();
  await one.kill();
  const had = pollsOf(other);
  await until("everything is applied", async () => {
    const rows = await database.query<{ name: string; checkpoint: number }>(
      "select name, checkpoint from parcel_streams",
    );
    const [mail] = await database.query<{ waiting: number }>(
      "select count(*) as waiting from messages where kind in ('parcel-consumer', 'malformed-scan')",
    );
    const isRead = rows.every(({ name, checkpoint }) => checkpoint === sources.get(name)!.lastEventId);
    return isRead && mail!.waiting === 0 || undefined;
  });
  assert.ok(pollsOf(other) > had, "the one that is left has gone on");

  for (const [stream, source] of sources) {
    assert.deepEqual(await parcelsAt(database, { stream }), source.oracle(), stream);
    const applied = await database.query<{ id: number }>(
      "select event_id as id from scans where stream = $1 order by event_id",
      [stream],
    );
    assert.deepEqual(applied.map(({ id }) => id), source.scans().map(({ eventId }) => eventId), stream);
    const told = await database.query<{ events: number; parcels: number }>(
      `select count(*) as events, count(distinct subject) as parcels from events
       where type = 'parcel.picked-up' and data::json ->> 'stream' = $1`,
      [stream],
    );
    const pickedUp = source.oracle().filter(({ pickupAt }) => pickupAt !== null).length;
    assert.deepEqual(told, [{ events: pickedUp, parcels: pickedUp }], stream);
  }
});

/** Turns of streams that a node has committed, as far as its log reaches back. */
function pollsOf(server: RunningServer): number {
  return server.logs().map((line) => JSON.parse(line)).filter(({ message, kind }) =>
    message === "turn committed" && kind === "parcel-stream"
  ).length;
}
