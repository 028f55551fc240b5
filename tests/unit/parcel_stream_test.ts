import assert from "node:assert/strict";
import { handedScan, scanFrom } from "../../actors/parcel_stream/handed_scan.ts";
import { malformedScan } from "../../actors/parcel_stream/malformed_scan.ts";
import { parcelConsumer } from "../../actors/parcel_stream/parcel_consumer.ts";
import { parcelStream } from "../../actors/parcel_stream/parcel_stream.ts";
import type { Known, KnownArgs } from "../../actors/parcel_stream/queries.ts";
import type { StreamRow } from "../../actors/parcel_stream/rows.ts";
import { createRegistry, type FetchCall, type RowWrite, RuntimeError, testActor } from "../../runtime/authoring.ts";
import type { TestedAnswer } from "../../runtime/actor/test_fetch.ts";
import { pageOf, scanEventOf, scanOf, sourcePage } from "../support/scan_events.ts";

const registry = createRegistry([parcelStream, parcelConsumer, malformedScan]);
const NOW = Date.parse("2026-11-22T08:00:00Z");

const ROW: StreamRow = {
  ...{ tenant: "test", name: "one", baseUrl: "http://source.example/scans", headers: '{"x-key":"secret"}' },
  ...{ pageLimit: 3, pollIntervalMs: 8_000, lookBack: 0, consumers: 0, status: "running", epoch: 4, checkpoint: 10 },
  ...{ lastEventAt: null, processed: 10, eventsPerSecond: 0, polledAt: null, behind: 0, failures: 0, lastError: null },
  ...{ failedAt: null, createdBy: "ann", createdAt: 5, updatedAt: 5 },
};

const MOST_CALLS = 20;

interface Setting {
  readonly row?: Partial<StreamRow> | null;
  readonly known?: (args: KnownArgs) => Partial<Known>;
  readonly backlog?: readonly number[];
}

function rigged({ row = {}, known = () => ({}), backlog = [] }: Setting, answer: (call: FetchCall) => TestedAnswer) {
  const calls: FetchCall[] = [];
  const left = [...backlog];
  const stream = row === null ? null : { ...ROW, ...row };
  const actor = testActor(parcelStream).at(NOW).knowing(registry).answering({
    stream: () => stream,
    known: (args: KnownArgs) => ({ stream, parcels: [], scans: [], fingerprints: [], ...known(args) }),
    backlog: () => left.shift() ?? 0,
  }).answeringFetch((call) => {
    calls.push(call);
    if (calls.length > MOST_CALLS) throw new Error("It asks without an end");
    return answer(call);
  });
  return { actor, calls };
}

async function polled(setting: Setting, answer: (call: FetchCall) => TestedAnswer, poll: object = {}) {
  const { actor, calls } = rigged(setting, answer);
  const turn = await actor.when("poll", { epoch: 4, ...poll });
  assert.equal(turn.error, null);
  return { ...turn, calls, asked: calls.map(({ url }) => url), writes: turn.rows.map(({ write }) => write) };
}

/** Of rows that travel as one text: these values of each, in order. */
function valuesOf(rows: readonly RowWrite[], write: "tracked" | "scanned", place: number): readonly unknown[] {
  return rows.filter((row) => row.write === write)
    .flatMap(({ args }) => JSON.parse(String(args.rows)) as unknown[][]).map((values) => values[place]);
}

/** What a source answers that has these events. */
const having = (...events: readonly unknown[]) => ({ url }: FetchCall) => ({
  body: sourcePage(events, new URL(url, "http://source.example/scans")),
});
const scans = (from: number, until: number) =>
  Array.from({ length: until - from + 1 }, (_, index) => scanEventOf(from + index, 7));

Deno.test("parcel-stream S1-2 asks for what follows its checkpoint, of its own source and with its headers", async () => {
  const { calls, sends } = await polled({}, having());
  const [{ upstream, baseUrl, url, headers, expects }] = calls as [FetchCall];
  assert.deepEqual([upstream, baseUrl, url], ["parcel-source", ROW.baseUrl, "?FromEventId=11&Limit=3"]);
  assert.deepEqual([headers, expects], [{ "x-key": "secret" }, "json"]);
  const own = await polled({ row: { baseUrl: null } }, having());
  assert.deepEqual(own.calls.map(({ upstream, baseUrl }) => [upstream, baseUrl]), [["scan-api", null]]);
  assert.deepEqual(sends.map(({ kind, name }) => [kind, name]), [["parcel-stream", "poll"]]);
});

Deno.test("parcel-stream S1-3 reads full pages back to back, and commits each with its checkpoint", async () => {
  const { asked, rows, commitPoints, sends } = await polled({}, having(...scans(11, 17)));
  assert.deepEqual(asked, ["11", "14", "17"].map((from) => `?FromEventId=${from}&Limit=3`));
  assert.equal(commitPoints, 2);
  const pages = rows.filter(({ write }) => write === "advanced").map((
    { args },
  ) => [args.from, args.checkpoint, args.count]);
  assert.deepEqual(pages, [[10, 13, 3], [13, 16, 3], [16, 17, 1]]);
  assert.deepEqual(valuesOf(rows, "tracked", 1), [13, 16, 17]);
  assert.deepEqual(valuesOf(rows, "scanned", 1), [11, 12, 13, 14, 15, 16, 17]);
  const [{ payload, options }] = sends as [typeof sends[0]];
  assert.deepEqual(payload, { epoch: 4, createdAt: 5, idle: 0 });
  assert.ok(options.delayMs! > 0 && options.delayMs! <= 1_000, `${options.delayMs}`);
});

Deno.test("parcel-stream commits one row and one message for an empty page, and waits longer with each", async () => {
  const waits: number[] = [];
  for (const idle of [0, 1, 2, 3, 9]) {
    const { writes, sends, commitPoints } = await polled({}, having(), { idle });
    assert.deepEqual([writes, commitPoints, sends.length], [["polled"], 0, 1]);
    assert.deepEqual(sends[0]!.payload, { epoch: 4, createdAt: 5, idle: idle + 1 });
    waits.push(sends[0]!.options.delayMs!);
  }
  assert.deepEqual(waits, waits.toSorted((one, other) => one - other));
  assert.ok(waits.at(-1)! <= 8_000 && waits.at(-1)! >= 6_400, `${waits}`);
});

Deno.test("parcel-stream S1-12 tells in its row why a page could not be had, and tries again later and later", async () => {
  const failures: readonly (readonly [TestedAnswer | Error, RegExp])[] = [
    [{ status: 500 }, /answered 500/],
    [{ body: "<!doctype html>" }, /JSON/],
    [{ body: '{"ScanEvents":[{"EventId":11' }, /JSON/],
    [{ body: { events: [] } }, /ScanEvents/],
    [{ body: [] }, /object/],
    [new RuntimeError("upstream-limited", "wait", { retryAfterMs: 90_000 }), /wants fewer requests/],
    [new RuntimeError("upstream-unavailable", "open", { retryAfterMs: 30_000 }), /failed too often/],
    [new RuntimeError("address-refused", "It is loopback"), /loopback/],
  ];
  for (const [answer, words] of failures) {
    const { rows, sends, events } = await polled({ row: { failures: 3 } }, () => {
      if (answer instanceof Error) throw answer;
      return answer;
    });
    assert.deepEqual([rows.map(({ write }) => write), events], [["failed"], []]);
    assert.match(String(rows[0]!.args.lastError), words);
    assert.equal(rows[0]!.args.failures, 4);
    const asked = answer instanceof RuntimeError ? answer.retryAfterMs ?? 0 : 0;
    assert.ok(
      sends[0]!.options.delayMs! >= Math.max(4_000, asked) && sends[0]!.options.delayMs! <= Math.max(8_000, asked),
    );
  }
});

Deno.test("parcel-stream keeps what came before a page that fails", async () => {
  const { rows, commitPoints } = await polled(
    { row: { failures: 3 } },
    (call) => call.url.includes("=11&") ? having(...scans(11, 13))(call) : { status: 503 },
  );
  assert.equal(commitPoints, 1);
  const [advanced] = rows.filter(({ write }) => write === "advanced");
  const [failed] = rows.filter(({ write }) => write === "failed");
  assert.deepEqual([advanced!.args.checkpoint, failed!.args.failures], [13, 1]);
});

Deno.test("parcel-stream does not follow a page at once that has nothing later than was asked for", async () => {
  for (const page of [scans(8, 10), scans(5, 7), [null, null, null]]) {
    const { asked, sends } = await polled({
      known: ({ scans, fingerprints }) => ({ scans, fingerprints }),
    }, () => ({ body: pageOf(...page) }));
    assert.equal(asked.length, 1);
    assert.ok(sends[0]!.options.delayMs! > 0);
  }
  const unread = await polled({}, () => ({ body: pageOf(null, "x", 3) }));
  assert.match(
    String(unread.rows.find(({ write }) => write === "failed")!.args.lastError),
    /no event that can be read/,
  );
});

Deno.test("parcel-stream S1-10 looks back, also over more than a page, and applies what is new there", async () => {
  const { asked, rows } = await polled({
    row: { lookBack: 7 },
    known: ({ scans }) => ({ scans: scans.filter(([, id]) => id !== 5) }),
  }, having(...scans(1, 12)));
  assert.deepEqual(asked.map((url) => url.split("&")[0]), ["4", "7", "10", "13"].map((id) => `?FromEventId=${id}`));
  assert.deepEqual(valuesOf(rows, "scanned", 1), [5, 11, 12]);
  const pages = rows.filter(({ write }) => write === "advanced").map((
    { args },
  ) => [args.from, args.checkpoint, args.count]);
  assert.deepEqual(pages, [[10, 10, 1], [10, 12, 2]]);
});

Deno.test("parcel-stream S1-26 sets a malformed event aside once, and goes on behind it", async () => {
  const events = [scanEventOf(11, 7), { EventId: 12, ParcelId: "no" }, { EventId: 12, ParcelId: "no" }];
  const first = await polled({ row: { pageLimit: 10 } }, having(...events));
  const aside = first.sends.filter(({ kind }) => kind === "malformed-scan");
  assert.deepEqual(aside.map(({ key, name }) => [key, name]), [["one", "inspect"]]);
  assert.equal((aside[0]!.payload as { raw: string }).raw, '{"EventId":12,"ParcelId":"no"}');
  assert.equal(first.rows.find(({ write }) => write === "advanced")!.args.checkpoint, 12);
  const again = await polled(
    { row: { pageLimit: 10 }, known: ({ fingerprints }) => ({ fingerprints }) },
    having(...events),
  );
  assert.deepEqual(again.sends.map(({ kind }) => kind), ["parcel-stream"]);
});

Deno.test("parcel-stream ends where somebody has decided otherwise", async () => {
  for (const row of [null, { epoch: 5 }, { status: "paused" as const }]) {
    const { asked, rows, sends } = await polled({ row }, having(...scans(11, 12)));
    assert.deepEqual([asked, rows, sends], [[], [], []]);
  }
  // What an earlier stream of the same name has told itself.
  const { asked, sends } = await polled({}, having(...scans(11, 12)), { createdAt: 4 });
  assert.deepEqual([asked, sends], [[], []]);
});

Deno.test("parcel-stream S1-28 S1-29 hands each parcel's events on to one consumer, in order, with the checkpoint", async () => {
  const events = Array.from({ length: 1_000 }, (_, index) => scanEventOf(11 + index, index % 90));
  const { sends, rows } = await polled({ row: { consumers: 4, pageLimit: 1_000 }, backlog: [0, 6] }, having(...events));
  const handed = sends.filter(({ kind }) => kind === "parcel-consumer");
  const seen = new Map<number, { consumer: string; ids: number[] }>();
  for (const { key, payload } of handed) {
    assert.ok(JSON.stringify(payload).length <= 256 * 1024);
    for (const { parcelId, eventId } of (payload as { scans: unknown[] }).scans.map(scanFrom)) {
      const own = seen.get(parcelId) ?? { consumer: key, ids: [] };
      assert.equal(own.consumer, key);
      own.ids.push(eventId);
      seen.set(parcelId, own);
    }
  }
  assert.equal(seen.size, 90);
  assert.deepEqual([...seen.values()].flatMap(({ ids }) => ids).sort((one, other) => one - other).length, 1_000);
  for (const { ids } of seen.values()) assert.deepEqual(ids, ids.toSorted((one, other) => one - other));
  assert.deepEqual([...new Set(handed.map(({ key }) => key))].sort(), ["one.0", "one.1", "one.2", "one.3"]);
  assert.deepEqual(rows.map(({ write }) => write), ["advanced", "polled"]);
});

Deno.test("parcel-stream S1-31 waits while a consumer is far behind", async () => {
  const before = await polled({ row: { consumers: 2 }, backlog: [8] }, having(...scans(11, 20)));
  assert.deepEqual([before.asked, before.rows, before.sends.length], [[], [], 1]);
  assert.ok(before.sends[0]!.options.delayMs! > 0);
  const between = await polled({ row: { consumers: 2 }, backlog: [0, 7] }, having(...scans(11, 20)));
  assert.equal(between.rows.filter(({ write }) => write === "advanced").length, 1);
  assert.deepEqual(between.sends.at(-1)!.payload, { epoch: 4, createdAt: 5, from: 14 });
});

Deno.test("parcel-stream S1-21 applies pushed events, and leaves its checkpoint alone", async () => {
  const { actor } = rigged({ known: ({ scans }) => ({ scans: scans.filter(([, id]) => id === 12) }) }, having());
  const turn = await actor.when("apply", { events: [scanEventOf(13, 7), scanEventOf(12, 7), null] });
  assert.deepEqual(turn.rows.map(({ write }) => write), ["setAside", "tracked", "scanned", "received"]);
  assert.deepEqual(turn.rows.at(-1)!.args, { name: "one", count: 1, at: NOW });
  assert.deepEqual(turn.events.map(({ type, subject, data }) => [type, subject, data]), [
    ["parcel.status-changed", "parcel/7", {
      ...{ parcelId: 7, stream: "one", eventId: 13, type: "STATUS", statusCode: "", runId: "100", carrierId: "NC" },
      createdAt: "2021-05-11T21:11:34.0000013Z",
    }],
  ]);
  const gone = await rigged({ row: null }, having()).actor.when("apply", { events: scans(1, 3) });
  assert.deepEqual(gone.rows, []);
});

Deno.test("parcel-consumer drops what a stream handed on that is no more", async () => {
  for (const createdAt of [5, 6]) {
    const turn = await testActor(parcelConsumer).answering({
      known: () => ({ stream: { createdAt }, parcels: [], scans: [], fingerprints: [] }),
    }).when("apply", { stream: "one", createdAt: 5, scans: [handedScan(scanOf(1, 7))] });
    assert.equal(turn.rows.length, createdAt === 5 ? 2 : 0);
  }
});

Deno.test("parcel-consumer S1-28 asks for what it does not know of its parcels, as far as its state says it was committed", async () => {
  const asked: number[][] = [];
  const actor = testActor(parcelConsumer).answering({
    known: ({ parcels }: KnownArgs) => {
      asked.push([...parcels]);
      return { stream: { createdAt: 9 }, parcels: [], scans: [], fingerprints: [] };
    },
  });
  const apply = { stream: "one", createdAt: 9, scans: [handedScan(scanOf(1, 7))] };
  const first = await actor.when("apply", apply);
  const next = { ...apply, scans: [handedScan(scanOf(2, 7)), handedScan(scanOf(3, 8))] };
  const second = await actor.given(first.state).when("apply", next);
  assert.deepEqual(valuesOf(second.rows, "scanned", 2), [1, null], "what came before is known from the turn before");
  await actor.given({ after: "of a commit that was refused" }).when("apply", next);
  assert.deepEqual(asked, [[7], [8], [7, 8]]);
});

Deno.test("malformed-scan S1-26 fails for good with what is wrong, and hands on what it can read by now", async () => {
  const actor = testActor(malformedScan).knowing(registry);
  const { error } = await actor.when("inspect", { raw: '{"EventId":1}', reason: "" });
  assert.deepEqual([error!.retryable, error!.message.startsWith("The scan event is malformed: ParcelId")], [
    false,
    true,
  ]);
  assert.equal((await actor.when("inspect", { raw: '{"EventId":', reason: "" })).error!.retryable, false);
  const event = scanEventOf(1, 7);
  const { sends } = await actor.when("inspect", { raw: JSON.stringify(event), reason: "" });
  assert.deepEqual(sends.map(({ kind, name, payload }) => [kind, name, payload]), [
    ["parcel-stream", "apply", { events: [event] }],
  ]);
});
