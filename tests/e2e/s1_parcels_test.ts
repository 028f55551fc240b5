import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ScanSimulator, SimulatedParcel } from "../../actors/parcel_stream/simulator/contract.ts";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { type Api, apiOf, rowsOf, until } from "../support/api.ts";
import { createStream, nextRequest, parcelsIn, readStream, readUpTo, STREAM_ENV } from "../support/parcel_streams.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";

const STREAM = "depot";
const NOON = "2026-01-05T12:00:00.1234567Z";

Deno.test("parcels are what their events say", async (t) => {
  await using source = await openScanSimulator({ seed: 31, events: 1_500, parcels: 60, malformedPerMille: 20 });
  await using server = await startServer({ env: STREAM_ENV });
  const api = apiOf(server);
  await createStream(api, { name: STREAM, baseUrl: source.url, limit: 50, pollIntervalMs: 500 });

  await t.step("a page that fails is asked for again, and the stream does not even fail [S1-27]", async () => {
    await failOnce(source);
    await readUpTo(api, STREAM, source.lastEventId);
    const { failures, lastError } = await (await api.send("GET", `/api/streams/${STREAM}`)).json();
    assert.deepEqual([failures, lastError], [0, null]);
  });

  await t.step("I can read the latest state of each parcel [S1-4]", async () => {
    for (const parcel of source.oracle()) {
      const { stream, updatedAt: _, ...seen } = await (await api.send("GET", `/api/parcels/${parcel.parcelId}`)).json();
      assert.equal(stream, STREAM);
      assert.deepEqual(seen, parcel);
    }
  });

  await t.step("pickup and delivery are those of the first such event, to the last digit [S1-5, S1-6]", async () => {
    const firsts = new Map<string, string>();
    for (const { parcelId, type, createdAt } of source.scans()) {
      const key = `${parcelId} ${type}`;
      if (!firsts.has(key)) firsts.set(key, createdAt);
    }
    const { items } = await (await api.send("GET", "/api/parcels?limit=100")).json() as { items: SimulatedParcel[] };
    assert.equal(items.length, source.oracle().length);
    for (const { parcelId, pickupAt, deliveryAt } of items) {
      assert.equal(pickupAt, firsts.get(`${parcelId} PICKUP`) ?? null);
      assert.equal(deliveryAt, firsts.get(`${parcelId} DELIVERY`) ?? null);
    }
    assert.ok(items.some(({ pickupAt }) => /\.\d{7}Z$/.test(pickupAt ?? "")));
  });

  await t.step("with a SQL shell I see a row for each parcel with all that is known of it [S1-8]", () => {
    const [parcel] = source.oracle();
    const [row] = rowsOf(server, "select * from parcels where parcel_id = ?", parcel!.parcelId);
    const { last_event_id: lastEventId, type, status_code: statusCode, run_id: runId, created_at: createdAt } = row!;
    const { pickup_at: pickupAt, delivery_at: deliveryAt } = row!;
    const { parcelId: _, carrierId: __, ...expected } = parcel!;
    assert.deepEqual({ lastEventId, type, statusCode, runId, createdAt, pickupAt, deliveryAt }, expected);
  });

  await t.step(
    "events that make no sense are dead letters with their text, and held nothing up [S1-12, S1-26]",
    async () => {
      const letters = await deadLetters(api);
      assert.deepEqual(letters.map(({ payload }) => payload.raw).sort(), [...new Set(source.malformedTexts())].sort());
      for (const { error } of letters) assert.match(error.message, /malformed/);
    },
  );

  await t.step(
    "events can be handed in instead of being asked for, and are here and told at once [S1-21, S1-30]",
    async () => {
      await (await api.send("POST", `/api/streams/${STREAM}/pause`)).body?.cancel();
      const event = { EventId: 1_000_001, ParcelId: 77, Type: "PICKUP", CreatedDateTimeUtc: NOON, StatusCode: "" };
      const told = api.eventsSince(0, ({ data }) => data.parcelId === 77);
      const begunAt = performance.now();
      const response = await api.send("POST", `/api/streams/${STREAM}/events`, { ScanEvents: [event] });
      assert.equal(response.status, 202);
      await response.body?.cancel();
      const { type, subject } = (await told).at(-1)!;
      assert.deepEqual([type, subject], ["parcel.picked-up", "parcel/77"]);
      assert.ok(performance.now() - begunAt < 5_000);
      assert.equal((await (await api.send("GET", "/api/parcels/77")).json()).pickupAt, NOON);
    },
  );
});

Deno.test("a stream hands its events on to consumers through their mailboxes", async (t) => {
  await using source = await openScanSimulator({
    seed: 32,
    events: 900,
    parcels: 60,
    released: 300,
    malformedPerMille: 0,
  });
  await using server = await startServer({ env: STREAM_ENV });
  const api = apiOf(server);
  const consumers = 3;
  const ill = 1;
  const half = source.scans()[299]!.eventId;

  await t.step("several at once, each with parcels of its own [S1-28, S1-29]", async () => {
    await createStream(api, { name: STREAM, baseUrl: source.url, limit: 50, pollIntervalMs: 500, consumers });
    await untilParcels(server, source.oracle(half));
    const turns = server.logs().map((line) => JSON.parse(line)).filter(({ message, kind }) =>
      message === "turn committed" && kind === "parcel-consumer"
    );
    assert.deepEqual([...new Set(turns.map(({ key }) => key))].sort(), ["depot.0", "depot.1", "depot.2"]);
  });

  await t.step("one that cannot go on delays its own parcels, nobody else's, and catches up [S1-31]", async () => {
    const isIll = ({ parcelId }: SimulatedParcel) => parcelId % consumers === ill;
    sql(
      server,
      `create trigger ill before insert on scans when new.parcel_id % ${consumers} = ${ill}
      begin select raise(abort, 'out of order'); end`,
    );
    source.release(100);
    const now = source.scans()[399]!.eventId;
    await untilParcels(server, [
      ...source.oracle(half).filter(isIll),
      ...source.oracle(now).filter((parcel) => !isIll(parcel)),
    ]);
    assert.equal((await readStream(api, STREAM)).status, "running");
    const [waiting] = rowsOf(server, "select count(*) as messages from messages where key = ?", `${STREAM}.${ill}`);
    assert.ok(Number(waiting!["messages"]) > 0);
    sql(server, "drop trigger ill");
    source.release();
    await untilParcels(server, source.oracle());
  });
});

/** The next call is answered 500, the ones after it as they should be. */
async function failOnce(source: ScanSimulator): Promise<void> {
  source.setFaults({ serverError: 1_000 });
  await nextRequest(source);
  source.setFaults({});
}

interface Letter {
  readonly payload: { readonly raw: string };
  readonly error: { readonly message: string };
}

async function deadLetters(api: Api): Promise<Letter[]> {
  const { items } = await (await api.send("GET", "/api/dead-letters?kind=malformed-scan&limit=100")).json();
  return items;
}

async function untilParcels(server: RunningServer, wanted: readonly SimulatedParcel[]): Promise<void> {
  const sorted = wanted.toSorted((one, other) => one.parcelId - other.parcelId);
  let seen: SimulatedParcel[] = [];
  await until("the parcels are as they must be", () => {
    seen = parcelsIn(server, { stream: STREAM });
    return Promise.resolve(isDeepStrictEqual(seen, sorted) || undefined);
  }).catch(() => assert.deepEqual(seen, sorted));
}

function sql({ dataDir }: RunningServer, statement: string): void {
  using db = new DatabaseSync(join(dataDir, "mailroom.db"), { timeout: 5_000 });
  db.exec(statement);
}
