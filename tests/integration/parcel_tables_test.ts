import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { registry } from "../../actors/mod.ts";
import type { ParcelsPage } from "../../actors/parcel_stream/page_queries.ts";
import type { ParcelRow } from "../../actors/parcel_stream/rows.ts";
import { parcelsText, scansText } from "../../actors/parcel_stream/text_writes.ts";
import { parcelTables } from "../../actors/parcel_stream/tables.ts";
import { scanOf } from "../support/scan_events.ts";
import { type Engine, type TwoEngines, twoEngines } from "../support/two_engines.ts";

const { writes, queries, sweeps } = parcelTables;
const TENANT = "acme";

const STREAM = {
  ...{ tenant: TENANT, name: "main", baseUrl: null, headers: "{}", pageLimit: 10, pollIntervalMs: 1_000, lookBack: 0 },
  ...{ consumers: 0, checkpoint: 4, createdBy: "ann", createdAt: 1_000 },
};

function parcelOf(parcelId: number, more: Partial<ParcelRow> = {}): ParcelRow {
  return {
    ...{ tenant: TENANT, stream: "main", parcelId, lastEventId: 5, type: "STATUS", statusCode: "", runId: "100" },
    ...{ carrierId: null, createdAt: "2021-05-11T21:11:34.1506147Z", pickupAt: null, pickupEventId: null },
    ...{ deliveryAt: null, deliveryEventId: null, updatedAt: 1 },
    ...more,
  };
}

function write(engine: Engine, { name }: { readonly name: string }, rows: readonly object[]): Promise<number> {
  return engine.write(writes[name as keyof typeof writes] as never, rows as never);
}

/** Those of one stream, with one statement. Answers how many were changed. */
async function track(engine: Engine, rows: readonly ParcelRow[]): Promise<number> {
  let changed = 0;
  for (const [place, each] of Map.groupBy(rows, (row) => `${row.tenant} ${row.stream} ${row.updatedAt}`)) {
    const [tenant, stream, at] = place.split(" ") as [string, string, string];
    changed += await write(engine, writes.tracked, [{ tenant, stream, at: Number(at), rows: parcelsText(each) }]);
  }
  return changed;
}

async function onBoth(check: (engine: Engine, both: TwoEngines) => Promise<void>): Promise<void> {
  await using both = await twoEngines(registry);
  for (const engine of both.engines) await check(engine, both);
}

Deno.test("parcel tables S1-7 show checkpoints as worker_states, on both engines", () =>
  onBoth(async (engine) => {
    await write(engine, writes.created, [STREAM]);
    await write(engine, writes.created, [{ ...STREAM, name: "other", checkpoint: 9 }]);
    assert.deepEqual(
      (await engine.run("select id, last_processed_event_id from worker_states order by id")).map((row) => ({
        ...row,
      })),
      [
        { id: "acme/main", last_processed_event_id: 4 },
        { id: "acme/other", last_processed_event_id: 9 },
      ],
    );
  }));

Deno.test("parcel tables write what a stream does only as long as nobody has decided otherwise, on both engines", () =>
  onBoth(async (engine) => {
    const stream = () => engine.ask(queries.stream, { tenant: TENANT, name: "main" });
    const page = {
      ...{ tenant: TENANT, name: "main", epoch: 1, from: 4, checkpoint: 8, lastEventAt: "t8", count: 3, at: 2_000 },
      ...{ eventsPerSecond: 1.5, behind: 1 },
    };
    await write(engine, writes.created, [STREAM]);
    assert.equal(await write(engine, writes.advanced, [{ ...page, epoch: 2 }]), 0);
    assert.equal(await write(engine, writes.advanced, [{ ...page, from: 3 }]), 0);
    assert.equal(await write(engine, writes.advanced, [page]), 1);
    const next = { ...page, from: 8, checkpoint: 9, lastEventAt: null, count: 1, behind: 0, at: 3_000 };
    assert.equal(await write(engine, writes.advanced, [next]), 1);
    const expected = {
      ...{ tenant: TENANT, name: "main", baseUrl: null, headers: "{}", pageLimit: 10, pollIntervalMs: 1_000 },
      ...{ lookBack: 0, consumers: 0, status: "running", epoch: 1, checkpoint: 9, lastEventAt: "t8", processed: 4 },
      ...{ eventsPerSecond: 1.5, polledAt: 3_000, behind: 0, failures: 0, lastError: null, failedAt: null },
      ...{ createdBy: "ann", createdAt: 1_000, updatedAt: 3_000 },
    };
    assert.deepEqual(await stream(), expected);
    const failure = { tenant: TENANT, name: "main", epoch: 1, failures: 2, lastError: "no", at: 4_000 };
    assert.equal(await write(engine, writes.failed, [failure]), 1);
    const failing = { status: "failing", failures: 2, lastError: "no", failedAt: 4_000, eventsPerSecond: 0 };
    assert.deepEqual(await stream(), { ...expected, ...failing, updatedAt: 4_000 });
    const act = { tenant: TENANT, name: "main", epoch: 1, at: 5_000 };
    assert.equal(await write(engine, writes.paused, [act]), 1);
    for (const late of [writes.paused, writes.resumed, writes.polled, writes.failed, writes.removed]) {
      assert.equal(await write(engine, late, [{ ...page, ...failure, ...act }]), 0, late.name);
    }
    assert.equal(await write(engine, writes.reset, [{ ...act, epoch: 2, checkpoint: 1 }]), 1);
    assert.equal(await write(engine, writes.resumed, [{ ...act, epoch: 3 }]), 1);
    const { status, epoch, checkpoint } = (await stream())!;
    assert.deepEqual([status, epoch, checkpoint], ["running", 4, 1]);
    assert.equal(await write(engine, writes.removed, [{ ...act, epoch: 4 }]), 1);
    assert.equal(await stream(), null);
  }));

Deno.test("parcel tables S1-8 S1-11 keep the newer state and the first pickup, in whatever order rows come, on both engines", () =>
  onBoth(async (engine) => {
    const early = parcelOf(7, {
      ...{ lastEventId: 3, type: "PICKUP", pickupAt: "t3", pickupEventId: 3, createdAt: "t3" },
      ...{ deliveryAt: "t2", deliveryEventId: 2, runId: "early" },
    });
    const late = parcelOf(7, {
      ...{ lastEventId: 9, type: "DELIVERY", statusCode: "LATE", pickupAt: "t4", pickupEventId: 4, createdAt: "t9" },
      ...{ deliveryAt: "t9", deliveryEventId: 9, carrierId: "NC" },
    });
    const none = parcelOf(7, { lastEventId: 6, createdAt: "t6" });
    const expected = { ...late, pickupAt: "t3", pickupEventId: 3, deliveryAt: "t2", deliveryEventId: 2 };
    for (const order of [[early, late, none], [late, none, early], [none, late, early], [late, early, early]]) {
      await engine.run("delete from parcels");
      for (const row of order) assert.equal(await track(engine, [row]), 1);
      assert.deepEqual(await engine.ask(queries.parcel, { tenant: TENANT, parcelId: 7 }), [expected]);
    }
    // Many with one statement, and each counts as one.
    assert.equal(await track(engine, [1, 2, 7].map((id) => parcelOf(id))), 3);
  }));

Deno.test("parcels are listed by each filter and any page, as a plain look finds them, on both engines", () =>
  onBoth(async (engine) => {
    const some = <T>(...values: T[]) => fc.constantFrom(...values);
    const rows = fc.sample(
      fc.record({
        stream: some("main", "other"),
        parcelId: fc.integer({ min: 1, max: 40 }),
        type: some("PICKUP", "STATUS", "DELIVERY"),
        statusCode: some("", "DEPOT", "VAN"),
        runId: some("100", "101", null),
        updatedAt: fc.integer({ min: 1, max: 5 }),
      }),
      { numRuns: 60, seed: 5 },
    );
    const distinct = [
      ...new Map(rows.map((row) => [`${row.stream} ${row.parcelId}`, parcelOf(row.parcelId, row)])).values(),
    ];
    await track(engine, distinct);
    await track(engine, [parcelOf(3, { tenant: "beta" })]);
    const byPlace = (one: ParcelRow, other: ParcelRow) =>
      one.parcelId - other.parcelId || (one.stream < other.stream ? -1 : 1);
    const filters: Omit<ParcelsPage, "limit">[] = [
      {},
      { type: "STATUS" },
      { statusCode: "DEPOT" },
      { statusCode: "" },
      { type: "DELIVERY", statusCode: "VAN" },
      { runId: "101" },
      { runId: "101", statusCode: "" },
      { stream: "other" },
      { updatedSince: 3 },
      { updatedSince: 2, type: "STATUS" },
    ];
    for (const filter of filters) {
      const { updatedSince, ...equal } = filter;
      const wanted = distinct.filter((row) =>
        Object.entries(equal).every(([name, value]) => row[name as keyof ParcelRow] === value) &&
        row.updatedAt >= (updatedSince ?? 0)
      ).sort((one, other) => (updatedSince === undefined ? 0 : one.updatedAt - other.updatedAt) || byPlace(one, other));
      const found: ParcelRow[] = [];
      for (;;) {
        const args = { tenant: TENANT, ...filter, limit: 7, after: found.at(-1) };
        const page = await engine.ask(queries.parcels, args);
        found.push(...page);
        if (page.length < 7) break;
      }
      assert.deepEqual(found, wanted, `${engine.name} ${JSON.stringify(filter)}`);
    }
    const counts = await engine.ask(queries.counts, { tenant: TENANT });
    assert.equal(counts.reduce((sum, { parcels }) => sum + parcels, 0), distinct.length);
    assert.deepEqual(
      await engine.ask(queries.counts, { tenant: TENANT, stream: "other" }),
      counts.filter(({ stream }) => stream === "other"),
    );
  }));

Deno.test("parcel tables know what was applied before, and forget scans that are old, on both engines", () =>
  onBoth(async (engine) => {
    const scanned = (at: number, ...ids: number[]) =>
      write(engine, writes.scanned, [{
        tenant: TENANT,
        stream: "main",
        at,
        rows: scansText(ids.map((id) => ({ ...scanOf(id, 7), previousEventId: null }))),
      }]);
    await write(engine, writes.created, [STREAM]);
    await track(engine, [parcelOf(7)]);
    for (const id of [1, 2, 3]) assert.equal(await scanned(10 * id, id), 1);
    // One that is there, or that comes twice, is passed over.
    assert.equal(await scanned(40, 2, 4, 4), 1);
    await write(engine, writes.setAside, [{ tenant: TENANT, stream: "main", fingerprint: "f", receivedAt: 10 }]);
    const args = { tenant: TENANT, stream: "main", parcels: [7, 8], scans: [[7, 2], [8, 2], [7, 9]] };
    assert.deepEqual(await engine.ask(queries.known, { ...args, fingerprints: ["e", "f"] }), {
      stream: { createdAt: 1_000, epoch: 1, consumers: 0 },
      parcels: [{
        parcelId: 7,
        lastEventId: 5,
        type: "STATUS",
        statusCode: "",
        pickupEventId: null,
        deliveryEventId: null,
      }],
      scans: [[7, 2]],
      fingerprints: ["f"],
    });
    const history = async (before?: number) =>
      (await engine.ask(queries.history, { tenant: TENANT, stream: "main", parcelId: 7, limit: 2, before }))
        .map(({ eventId, receivedAt }) => [eventId, receivedAt]);
    assert.deepEqual([await history(), await history(3)], [[[4, 40], [3, 30]], [[2, 20], [1, 10]]]);
    for (const sweep of sweeps) await engine.sweep(sweep, { before: 30, limit: 1, own: "{}" });
    assert.deepEqual(await history(3), [[2, 20]]);
    for (const sweep of sweeps) await engine.sweep(sweep, { before: 30, limit: 10, own: "{}" });
    assert.deepEqual(await history(), [[4, 40], [3, 30]]);
    assert.deepEqual((await engine.ask(queries.known, { ...args, fingerprints: ["f"] })).fingerprints, []);
    const remains = () => engine.ask(queries.remains, { tenant: TENANT, stream: "main" });
    assert.equal(await remains(), true);
    for (const drop of [writes.parcelsDropped, writes.scansDropped, writes.malformedDropped]) {
      await write(engine, drop, [{ tenant: TENANT, stream: "main" }]);
    }
    assert.equal(await remains(), false);
  }));

Deno.test("parcel tables lead from a parcel's last scan back to its first, with those between that came late, on both engines", () =>
  onBoth(async (engine) => {
    const scanned = (parcelId: number, ...ids: readonly (readonly [id: number, previous: number | null])[]) =>
      write(engine, writes.scanned, [{
        ...{ tenant: TENANT, stream: "main", at: 1 },
        rows: scansText(ids.map(([id, previousEventId]) => ({ ...scanOf(id, parcelId), previousEventId }))),
      }]);
    await write(engine, writes.created, [STREAM]);
    await track(engine, [parcelOf(7, { lastEventId: 9 }), parcelOf(8, { lastEventId: 9 })]);
    await scanned(7, [2, null], [5, 2], [8, 5], [9, 8]);
    await scanned(8, [1, null], [9, 1]);
    await scanned(7, [4, null], [6, null], [1, null]);
    const history = async (limit: number, before?: number) =>
      (await engine.ask(queries.history, { tenant: TENANT, stream: "main", parcelId: 7, limit, before }))
        .map(({ eventId, parcelId }) => parcelId === 7 ? eventId : NaN);
    assert.deepEqual(await history(10), [9, 8, 6, 5, 4, 2, 1]);
    for (const limit of [1, 2, 3]) {
      const read: number[] = [];
      for (let page = await history(limit); page.length > 0; page = await history(limit, read.at(-1))) {
        read.push(...page);
      }
      assert.deepEqual(read, [9, 8, 6, 5, 4, 2, 1]);
    }
    // What leads further back may be gone: those that came late are not.
    await engine.run("delete from scans where event_id = 5");
    assert.deepEqual(await history(10), [9, 8, 6, 4, 2, 1]);
  }));
