import assert from "node:assert/strict";
import { z } from "zod";
import { applyScans } from "../../actors/parcel_stream/apply_scans.ts";
import { judgeEvents } from "../../actors/parcel_stream/judge_events.ts";
import { scanPage } from "../../actors/parcel_stream/scan_event.ts";
import { scanApi } from "../../actors/parcel_stream/upstreams.ts";
import { defineActor, testActor } from "../../runtime/authoring.ts";
import { assertShown, type ShownLines } from "../support/shown_lines.ts";

/** What a scan event worker must do, by number, and a file with a test whose name bears that number. */
const SHOWN: ShownLines = {
  1: ["it polls a Scan Event API continuously", "tests/e2e/s1_follow_test.ts"],
  2: ["in batches, by FromEventId and Limit", "tests/e2e/s1_follow_test.ts"],
  3: ["load, fetch, process, persist, save the checkpoint, repeat", "tests/e2e/s1_follow_test.ts"],
  4: ["the latest state of each parcel is persisted", "tests/e2e/s1_parcels_test.ts"],
  5: ["pickup times", "tests/e2e/s1_parcels_test.ts"],
  6: ["delivery times", "tests/e2e/s1_parcels_test.ts"],
  7: ["the table of workers and their last processed events", "tests/e2e/s1_follow_test.ts"],
  8: ["the table of parcels", "tests/e2e/s1_parcels_test.ts"],
  9: ["after a crash it resumes from its checkpoint", "tests/e2e/s1_follow_test.ts"],
  10: ["reprocessing changes nothing", "tests/e2e/s1_follow_test.ts"],
  11: ["an older event overwrites nothing newer", "tests/e2e/s1_follow_test.ts"],
  12: ["one failing event or call does not stop it", "tests/e2e/s1_parcels_test.ts"],
  13: ["structured logs, of errors too", "tests/e2e/s1_failing_test.ts"],
  14: ["migrations, and a script instead", "tests/e2e/s1_setup_test.ts"],
  15: ["a typed client apart from the processor", "tests/unit/s1_test.ts"],
  16: ["pooled connections, and changes of names are seen", "tests/integration/kept_connections_test.ts"],
  17: ["layers", "tests/unit/lint_plugin_test.ts"],
  18: ["settings with defaults", "tests/e2e/s1_setup_test.ts"],
  19: ["it stops gracefully", "tests/e2e/s1_follow_test.ts"],
  20: ["few commands set it up", "tests/e2e/s1_setup_test.ts"],
  21: ["event-driven ingestion", "tests/e2e/s1_parcels_test.ts"],
  22: ["horizontal scaling", "tests/e2e/s1_nodes_test.ts"],
  23: ["health checks", "tests/e2e/s1_failing_test.ts"],
  24: ["metrics", "tests/e2e/s1_failing_test.ts"],
  25: ["distributed locking", "tests/e2e/s1_nodes_test.ts"],
  26: ["dead letters", "tests/e2e/s1_parcels_test.ts"],
  27: ["retry policies", "tests/e2e/s1_parcels_test.ts"],
  28: ["API, ingestion, queue, workers", "tests/e2e/s1_parcels_test.ts"],
  29: ["consumers in parallel", "tests/e2e/s1_parcels_test.ts"],
  30: ["real-time processing", "tests/e2e/s1_parcels_test.ts"],
  31: ["consumers do not suffer from each other", "tests/e2e/s1_parcels_test.ts"],
  32: ["the pipeline can be observed", "tests/e2e/s1_failing_test.ts"],
};
const LINES = 32;

Deno.test("each thing that a scan event worker must do is shown by a test that says so", async () => {
  const numbers = Array.from({ length: LINES }, (_, index) => index + 1);
  assert.deepEqual(Object.keys(SHOWN).map(Number), numbers);
  await assertShown("S1", SHOWN);
});

const event = {
  EventId: 1,
  ParcelId: 5_002,
  Type: "PICKUP",
  CreatedDateTimeUtc: "2021-05-11T21:11:34.1506147Z",
  StatusCode: "",
  Device: { DeviceTransactionId: 83_269, DeviceId: 103 },
  User: { UserId: "NC1001", CarrierId: "NC", RunId: "100" },
};

/** What any kind does that reads such an API. */
const reader = defineActor({
  kind: "reader",
  state: z.object({ read: z.int() }),
  initial: { read: 0 },
  messages: { read: z.object({ from: z.int() }) },
  upstreams: [scanApi],
  on: {
    async read(state, { from }, ctx) {
      const { ScanEvents } = await ctx.fetch(scanApi, `?FromEventId=${from}&Limit=100`, scanPage);
      state.read = ScanEvents.length;
    },
  },
});

Deno.test({
  name: "client and processor are apart, typed, and tried without a network [S1-15]",
  permissions: "none",
  async fn() {
    const asked: string[] = [];
    const answering = (body: unknown) =>
      testActor(reader).answeringFetch(({ url }) => {
        asked.push(url);
        return { body };
      }).when("read", { from: 1 });
    assert.equal((await answering({ ScanEvents: [event] })).state.read, 1);
    assert.deepEqual(asked, ["?FromEventId=1&Limit=100"]);
    for (const nonsense of ["<html>", { ScanEvents: 3 }, []]) {
      const { end, error } = await answering(nonsense);
      assert.deepEqual([end, error?.code], ["failed", "upstream-failed"]);
    }

    const scans = judgeEvents([event], { after: 0 }).flatMap((one) => "scan" in one ? [one.scan] : []);
    const { parcels, changes } = applyScans(new Map(), scans);
    assert.deepEqual(parcels.map(({ parcelId, pickupAt, runId }) => ({ parcelId, pickupAt, runId })), [
      { parcelId: 5_002, pickupAt: event.CreatedDateTimeUtc, runId: "100" },
    ]);
    assert.deepEqual(changes.map(({ type }) => type), ["parcel.picked-up"]);
  },
});
