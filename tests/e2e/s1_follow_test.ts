import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { SimulatedParcel } from "../../actors/parcel_stream/simulator/contract.ts";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { apiOf, rowsOf, until } from "../support/api.ts";
import { createStream, nextRequest, parcelRows, parcelsIn, readUpTo, STREAM_ENV } from "../support/parcel_streams.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";

const STREAM = "depot";
const LIMIT = 25;

Deno.test("a stream follows a scan event API", async (t) => {
  const events = { seed: 11, events: 600, parcels: 30, malformedPerMille: 0 };
  await using source = await openScanSimulator({ ...events, released: 120 });
  await using server = await startServer({ env: STREAM_ENV });
  const api = apiOf(server);
  const ids = source.scans().map(({ eventId }) => eventId);

  await t.step("it asks again and again, and what is new there is here without anybody asking [S1-1]", async () => {
    await createStream(api, { name: STREAM, baseUrl: source.url, limit: LIMIT, pollIntervalMs: 1_000 });
    for (const released of [120, 121, 145]) {
      const last = ids[released - 1]!;
      await readUpTo(api, STREAM, last);
      assert.deepEqual(parcelsIn(server, { stream: STREAM }), source.oracle(last));
      source.release(released === 120 ? 1 : 24);
    }
    for (let times = 0; times < 3; times++) await nextRequest(source);
  });

  await t.step("it asks for pages of my limit, each from behind the last event that it has [S1-2]", async () => {
    source.release(200);
    await readUpTo(api, STREAM, ids[168 + 200]!);
    const { requests } = source;
    assert.deepEqual([...new Set(requests.map(({ limit }) => limit))], [LIMIT]);
    assert.equal(requests[0]!.fromEventId, 1);
    for (const [index, { fromEventId: next }] of requests.entries()) {
      const from = requests[index - 1]?.fromEventId ?? 1;
      const page = ids.filter((id) => id >= from && id < next);
      assert.ok(page.length <= LIMIT, `after ${from} came ${next}`);
      assert.ok(next === from || page.at(-1) === next - 1, `after ${from} came ${next}`);
    }
  });

  await t.step("parcels are on disk with the checkpoint of their page, whenever I look [S1-3]", async () => {
    const looked = new Set<number>();
    source.release();
    while (!looked.has(source.lastEventId)) {
      await nextRequest(source);
      const { checkpoint, parcels } = snapshot(server);
      looked.add(checkpoint);
      assert.deepEqual(parcels, source.oracle(checkpoint));
    }
    assert.ok(looked.size > 1, "it was looked at once only");
  });

  await t.step("with a SQL shell I see the last processed event of each stream in worker_states [S1-7]", () => {
    assert.deepEqual(rowsOf(server, "select * from worker_states"), [
      { id: `demo/${STREAM}`, last_processed_event_id: source.lastEventId },
    ]);
  });

  await t.step("when I have it read everything again nothing changes, and nothing is told twice [S1-10]", async () => {
    const before = everything(server);
    const asked = source.requests.length;
    await expectOk(api.send("POST", `/api/streams/${STREAM}/reset`, { eventId: 0 }));
    while (source.requests.slice(asked).every(({ fromEventId }) => fromEventId !== 1)) await nextRequest(source);
    await readUpTo(api, STREAM, source.lastEventId);
    assert.deepEqual(everything(server), before);
  });

  await t.step(
    "an older event that comes late does not change what is newer, though it comes twice [S1-11]",
    async () => {
      const before = everything(server);
      const { parcelId, lastEventId } = before.parcels.toSorted((one, other) =>
        other.lastEventId - one.lastEventId
      )[0]!;
      const late = missingBefore(lastEventId, ids);
      const event = { EventId: late, ParcelId: parcelId, Type: "STATUS", StatusCode: "LATE", CreatedDateTimeUtc: NOON };
      for (let times = 0; times < 2; times++) {
        await expectOk(api.send("POST", `/api/streams/${STREAM}/events`, { ScanEvents: [event] }));
      }
      await until("the late event is kept", () => {
        const [kept] = rowsOf(server, "select parcel_id from scans where event_id = ?", late);
        return Promise.resolve(kept);
      });
      assert.deepEqual(everything(server), before);
    },
  );
});

Deno.test("after kill -9 in the middle of pages a stream resumes behind its checkpoint [S1-9]", async () => {
  await using source = await openScanSimulator({ seed: 12, events: 2_000, parcels: 50 });
  await using server = await startServer({ env: STREAM_ENV });
  const api = apiOf(server);
  await createStream(api, { name: STREAM, baseUrl: source.url, limit: LIMIT, pollIntervalMs: 1_000 });
  await readUpTo(api, STREAM, 300);
  await server.kill();
  const { checkpoint, parcels } = snapshot(server);
  assert.ok(checkpoint >= 300 && checkpoint < source.lastEventId, `killed at ${checkpoint}`);
  assert.deepEqual(parcels, source.oracle(checkpoint));

  const asked = source.requests.length;
  await server.restart();
  await readUpTo(api, STREAM, source.lastEventId);
  assert.equal(source.requests[asked]!.fromEventId, checkpoint + 1);
  assert.deepEqual(parcelsIn(server, { stream: STREAM }), source.oracle());
});

Deno.test("when the server is asked to stop, the page under way is finished and the checkpoint saved [S1-19]", async () => {
  const events = { seed: 13, events: 4_000, parcels: 50, malformedPerMille: 0 };
  await using source = await openScanSimulator({ ...events, answerMs: 300 });
  await using server = await startServer({ env: STREAM_ENV });
  const api = apiOf(server);
  const ids = source.scans().map(({ eventId }) => eventId);
  const endOf = (from: number) => ids.filter((id) => id >= from).slice(0, LIMIT).at(-1)!;
  await createStream(api, { name: STREAM, baseUrl: source.url, limit: LIMIT, pollIntervalMs: 1_000 });
  await readUpTo(api, STREAM, 60);
  await nextRequest(source);
  const underWay = endOf(source.requests.at(-1)!.fromEventId);
  assert.equal(await server.stop(), 0);
  const { checkpoint, parcels } = snapshot(server);
  assert.ok(checkpoint >= underWay && checkpoint < source.lastEventId, `${underWay} was asked for, then ${checkpoint}`);
  assert.ok(source.requests.some(({ fromEventId }) => endOf(fromEventId) === checkpoint), "the last page is whole");
  assert.deepEqual(parcels, source.oracle(checkpoint));
  assert.deepEqual(rowsOf(server, "select attempts from messages where kind = 'parcel-stream'"), [{ attempts: 0 }]);
  assert.deepEqual(rowsOf(server, "select status, failures, last_error from parcel_streams"), [
    { status: "running", failures: 0, last_error: null },
  ]);

  const asked = source.requests.length;
  await server.restart();
  await readUpTo(api, STREAM, checkpoint + LIMIT);
  assert.equal(source.requests[asked]!.fromEventId, checkpoint + 1);
});

const NOON = "2026-01-05T12:00:00.1234567Z";

function missingBefore(id: number, ids: readonly number[]): number {
  const known = new Set(ids);
  let missing = id - 1;
  while (known.has(missing)) missing--;
  assert.ok(missing > 0, "there is a hole");
  return missing;
}

/** The checkpoint and the parcels at one instant. */
function snapshot({ dataDir }: RunningServer): { checkpoint: number; parcels: SimulatedParcel[] } {
  using db = new DatabaseSync(join(dataDir, "mailroom.db"), { readOnly: true, timeout: 5_000 });
  db.exec("begin");
  const { checkpoint } = db.prepare("select checkpoint from parcel_streams").get()!;
  return { checkpoint: Number(checkpoint), parcels: parcelRows(db, { tenant: "demo", stream: STREAM }) };
}

function everything(server: RunningServer): { parcels: SimulatedParcel[]; updates: object[]; told: object[] } {
  return {
    parcels: parcelsIn(server, { stream: STREAM }),
    updates: rowsOf(server, "select parcel_id, updated_at from parcels order by parcel_id"),
    told: rowsOf(server, "select count(*) as events from events where type like 'parcel.%'"),
  };
}

async function expectOk(answering: Promise<Response>): Promise<void> {
  const response = await answering;
  const text = await response.text();
  assert.ok(response.ok, `${response.status}: ${text}`);
}
