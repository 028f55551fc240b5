import assert from "node:assert/strict";
import { applyScans } from "../../actors/parcel_stream/apply_scans.ts";
import { commitChunks } from "../../actors/parcel_stream/commit_chunks.ts";
import { judgeEvents } from "../../actors/parcel_stream/judge_events.ts";
import { parcelsText, scansText } from "../../actors/parcel_stream/text_writes.ts";
import { LIMITS } from "../../runtime/core/limits.ts";
import { scanEventOf, scanOf } from "../support/scan_events.ts";

const places = (events: readonly unknown[], after = 0) =>
  judgeEvents(events, { after }).map((one) => `${one.id}${"scan" in one ? "" : "!"}`);

Deno.test("judgeEvents() reads what a source writes, with all digits of its instants", () => {
  const [one] = judgeEvents([scanEventOf(5, 7, { Type: "PICKUP" })], { after: 0 });
  assert.deepEqual(one, { id: 5, scan: scanOf(5, 7, "PICKUP") });
  const [bare] = judgeEvents([{
    EventId: 6,
    ParcelId: 0,
    Type: "WEIGHED",
    CreatedDateTimeUtc: "2021-05-11T21:11:34",
    StatusCode: null,
    User: null,
  }], { after: 0 });
  assert.deepEqual(bare, {
    id: 6,
    scan: {
      ...{ eventId: 6, parcelId: 0, type: "WEIGHED", statusCode: "", createdAt: "2021-05-11T21:11:34" },
      ...{ runId: null, carrierId: null, userId: null, deviceId: null, deviceTransactionId: null },
    },
  });
});

Deno.test("judgeEvents() S1-26 keeps the text of a malformed event, and says in words what is wrong with it", () => {
  const [one] = judgeEvents([{ ...scanEventOf(5, 7), ParcelId: "x", CreatedDateTimeUtc: "yesterday" }], { after: 0 });
  assert.ok(one !== undefined && "malformed" in one);
  assert.equal(JSON.parse(one.malformed.raw).ParcelId, "x");
  assert.match(one.malformed.reason, /ParcelId: .*; CreatedDateTimeUtc: must read like 2021-05-11T21:11:34.1506147Z/);
});

Deno.test("judgeEvents() gives a malformed event its own place where it has an id, else that of the one before", () => {
  const bad = (EventId: unknown) => ({ EventId });
  assert.deepEqual(places([null, scanEventOf(12, 7), "x", bad(14), bad("15"), bad(-3), bad(1e300), bad(16)], 10), [
    ...["10!", "12", "12!", "14!", "14!", "14!", "14!", "16!"],
  ]);
  // One that is far beyond what is there is not believed: what lies between would be skipped.
  assert.deepEqual(places([scanEventOf(12, 7), bad(Number.MAX_SAFE_INTEGER)]), ["12", "12!"]);
});

Deno.test("judgeEvents() puts a page in order whose events are not", () => {
  assert.deepEqual(places([5, 3, 9, 3].map((id) => scanEventOf(id, 7)), 8), ["3", "3", "5", "9"]);
});

Deno.test("commitChunks() cuts a page where a commit is full, and loses nothing", () => {
  const small = judgeEvents(Array.from({ length: 1_000 }, (_, id) => scanEventOf(id + 1, id)), { after: 0 });
  assert.equal(commitChunks(small, { stream: "main" }).length, 1);
  for (const character of ["ü", '"', "\\", "\u0001"]) {
    const long = character.repeat(200);
    const wordy = { User: { UserId: long, CarrierId: long, RunId: long }, StatusCode: long };
    const large = judgeEvents(Array.from({ length: 1_000 }, (_, id) => scanEventOf(id + 1, id, wordy)), { after: 0 });
    const chunks = commitChunks(large, { stream: "main" });
    assert.deepEqual(chunks.flat(), large);
    for (const chunk of chunks) {
      const scans = chunk.flatMap((one) => "scan" in one ? [one.scan] : []);
      const applied = applyScans(new Map(), scans);
      const rows = [scansText(applied.scans), parcelsText(applied.parcels)];
      assert.ok(rows.reduce((sum, text) => sum + JSON.stringify(text).length, 0) < LIMITS.outcomeBytes, character);
    }
  }
  const bad = judgeEvents(Array.from({ length: 1_000 }, () => null), { after: 0 });
  assert.deepEqual(commitChunks(bad, { stream: "main" }).map(({ length }) => length), [500, 500]);
  assert.deepEqual(commitChunks([], { stream: "main" }), [[]]);
});
