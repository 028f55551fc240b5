import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import fc from "../support/properties.ts";
import { gatherBars } from "../../actors/report/bars.ts";
import { renderCsv } from "../../actors/report/render_csv.ts";
import { renderPage } from "../../actors/report/render_page.ts";
import { reportJob } from "../../actors/report/report_job.ts";
import type { ReportResult } from "../../actors/report/schemas.ts";
import { durationInWords } from "../../actors/report/wording.ts";
import { testActor } from "../../runtime/authoring.ts";
import { anyField } from "../support/csv_text.ts";

const NOW = Date.parse("2026-11-22T10:23:00Z");
const HOUR_MS = 60 * 60 * 1_000;

const EMPTY = {
  statusCounts: () => [],
  durations: () => [],
  failures: () => [],
  hours: () => [],
  rowsImported: () => 0,
  rowsRejected: () => 0,
};

const REPORT: ReportResult = {
  tenant: "acme",
  from: "2026-11-22T08:23:00.000Z",
  to: "2026-11-22T10:23:00.000Z",
  generatedAt: "2026-11-22T10:23:00.000Z",
  jobs: [{
    type: "import",
    total: 7,
    succeeded: 3,
    failed: 1,
    cancelled: 1,
    queued: 1,
    running: 1,
    durationMs: { p50: 850, p95: 64_120 },
  }],
  failures: [{ code: "timed-out", message: "It took too long", count: 1 }],
  rowsImported: 1_204,
  rowsRejected: 2,
  perHour: [
    { hour: "2026-11-22T08:00:00.000Z", succeeded: 0, failed: 0 },
    { hour: "2026-11-22T09:00:00.000Z", succeeded: 3, failed: 1 },
    { hour: "2026-11-22T10:00:00.000Z", succeeded: 0, failed: 0 },
  ],
};

Deno.test("a report sums up what the tables hold (S2-16)", async () => {
  const asked: unknown[] = [];
  const turn = await testActor(reportJob).at(NOW).answering({
    ...EMPTY,
    statusCounts(args) {
      asked.push(args);
      const counts = { total: 7, succeeded: 3, failed: 1, cancelled: 1, queued: 1, running: 1 };
      return [{ type: "import", ...counts }, { type: "mail", ...counts, total: 9 }];
    },
    durations: () => [{ type: "import", p50: 850, p95: 64_120 }],
    failures: () => [{ error: '{"code":"timed-out","message":"It took too long"}', count: 1 }],
    hours: () => [{ hour: NOW - NOW % HOUR_MS - HOUR_MS, succeeded: 3, failed: 1 }],
    rowsImported: () => 1_204,
    rowsRejected: () => 2,
  }).when("run", { from: "2026-11-22T09:23:00+01:00" });

  assert.deepEqual(asked, [{ from: Date.parse(REPORT.from), until: NOW, asker: "one" }]);
  const [first] = REPORT.jobs;
  assert.deepEqual(turn.result, {
    ...REPORT,
    tenant: "test",
    jobs: [first, { ...first, type: "mail", total: 9, durationMs: { p50: null, p95: null } }],
  });
  assert.deepEqual([turn.rows, turn.events, turn.sends], [[], [], []]);
});

Deno.test("a report is about the last 24 hours when nothing else is asked", async () => {
  const turn = await testActor(reportJob).at(NOW).answering(EMPTY).when("run", {});
  const { from, to, generatedAt, perHour } = turn.result as ReportResult;
  assert.deepEqual([from, to, generatedAt], [
    "2026-11-21T10:23:00.000Z",
    "2026-11-22T10:23:00.000Z",
    "2026-11-22T10:23:00.000Z",
  ]);
  assert.equal(perHour.length, 25);
  assert.equal(perHour[0]!.hour, "2026-11-21T10:00:00.000Z");
  assert.equal(perHour.at(-1)!.hour, "2026-11-22T10:00:00.000Z");
});

Deno.test("a report has no hour that begins at its end", async () => {
  const turn = await testActor(reportJob).at(NOW).answering(EMPTY)
    .when("run", { from: "2026-11-22T08:00:00Z", to: "2026-11-22T10:00:00Z" });
  assert.deepEqual((turn.result as ReportResult).perHour.map(({ hour }) => hour), [
    "2026-11-22T08:00:00.000Z",
    "2026-11-22T09:00:00.000Z",
  ]);
});

for (
  const [from, fault] of [["2026-11-22T10:23:00Z", /must be before to/], ["2026-01-01T00:00:00Z", /at most 31 days/]]
) {
  Deno.test(`a report fails for good when it begins at ${from} and ends now`, async () => {
    const turn = await testActor(reportJob).at(NOW).answering(EMPTY).when("run", { from: from as string });
    assert.equal(turn.end, "failed");
    assert.equal(turn.error!.retryable, false);
    assert.match(turn.error!.message, fault as RegExp);
  });
}

const PAYLOADS: readonly [fits: boolean, payload: unknown][] = [
  [true, {}],
  [true, { from: "2026-11-22T10:00:00Z" }],
  [true, { from: "2026-11-22T10:00:00Z", to: "2026-11-22T10:00:00.001Z" }],
  [true, { from: "2026-11-22T10:00:00+02:00", to: "2026-11-22T08:00:01Z" }],
  [false, { from: "2026-11-22T10:00:00Z", to: "2026-11-22T10:00:00Z" }],
  [false, { from: "2026-11-22T10:00:00Z", to: "2026-11-22T11:00:00+02:00" }],
  [false, { from: "2026-10-22T09:59:59Z", to: "2026-11-22T10:00:00Z" }],
  [false, { from: "2026-11-22" }],
  [false, { from: "2026-11-22T10:00:00" }],
  [false, { from: 5 }],
  [false, { since: "2026-11-22T10:00:00Z" }],
];

for (const [fits, payload] of PAYLOADS) {
  Deno.test(`a report's payload is ${fits ? "taken" : "refused"} when it is ${JSON.stringify(payload)}`, () => {
    assert.equal(reportJob.messages.run.safeParse(payload).success, fits);
  });
}

Deno.test("a report reads as CSV with one number a line (S2-16)", () => {
  assert.deepEqual(parse(renderCsv(REPORT)).slice(4), [
    ["rows", "imports", "imported", "1204"],
    ["rows", "imports", "rejected", "2"],
    ["jobs", "import", "total", "7"],
    ["jobs", "import", "succeeded", "3"],
    ["jobs", "import", "failed", "1"],
    ["jobs", "import", "cancelled", "1"],
    ["jobs", "import", "queued", "1"],
    ["jobs", "import", "running", "1"],
    ["jobs", "import", "p50Ms", "850"],
    ["jobs", "import", "p95Ms", "64120"],
    ["failures", "timed-out: It took too long", "count", "1"],
    ["hours", "2026-11-22T08:00:00.000Z", "succeeded", "0"],
    ["hours", "2026-11-22T08:00:00.000Z", "failed", "0"],
    ["hours", "2026-11-22T09:00:00.000Z", "succeeded", "3"],
    ["hours", "2026-11-22T09:00:00.000Z", "failed", "1"],
    ["hours", "2026-11-22T10:00:00.000Z", "succeeded", "0"],
    ["hours", "2026-11-22T10:00:00.000Z", "failed", "0"],
  ]);
});

const FORMULA = /^[=+\-@\t\r\n\0＝＋－＠]/;

Deno.test("a report's CSV reads back exactly and holds no formula, whatever its texts are (P28)", () => {
  const anyText = fc.oneof(
    anyField,
    fc.tuple(fc.constantFrom(..."=+-@\t\r\n\0＝＋－＠"), anyField).map((parts) => parts.join("")),
  );
  fc.assert(fc.property(anyText, anyText, (tenant, code) => {
    const failures = [{ code, message: "m", count: 1 }];
    const rows = parse(renderCsv({ ...REPORT, tenant, failures }), { record_delimiter: "\r\n" });
    for (const fields of rows) for (const field of fields) assert.doesNotMatch(field, FORMULA);
    const shown = (text: string) => FORMULA.test(text) ? `'${text}` : text;
    assert.equal(rows[1]![1], shown(tenant));
    assert.equal(rows.find(([section]) => section === "failures")![1], shown(`${code}: m`));
  }));
});

Deno.test("a report's page has the same elements whatever its texts are", () => {
  const anyText = fc.oneof(
    fc.constantFrom("<script>alert(1)</script>", '"><img src=x onerror=y>', "</title>", "&lt;", "'", "</style>"),
    fc.string({ unit: "binary" }),
  );
  const markup = (page: string) => page.replace(/[^<>"]/g, "");
  fc.assert(fc.property(anyText, anyText, anyText, (tenant, type, message) => {
    const page = renderPage(withTexts(tenant, type, message));
    assert.equal(markup(page), markup(renderPage(withTexts("a", "b", "c"))));
    assert.doesNotMatch(page, /&(?!amp;|lt;|gt;|quot;|#39;)/);
  }));
});

Deno.test("a report's page shows its numbers, runs nothing and loads nothing", () => {
  const page = renderPage(REPORT);
  for (
    const text of ["Job report of acme", "1,204", "850 ms", "1 min 4 s", "It took too long", "3 succeeded, 1 failed"]
  ) {
    assert.ok(page.includes(text), text);
  }
  assert.doesNotMatch(page, /<script|<link|<img|url\(|https?:|\son\w+=/);
});

Deno.test("a report's page says so when there is nothing to show", () => {
  const page = renderPage({ ...REPORT, jobs: [], failures: [], perHour: [], rowsImported: 0, rowsRejected: 0 });
  assert.match(page, /No job was submitted/);
  assert.match(page, /No job failed/);
  assert.doesNotMatch(page, /<svg|<table/);
});

Deno.test("gatherBars() keeps every job and has at most 50 bars when a report is long", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ succeeded: fc.nat(9_999), failed: fc.nat(99) }), {
      minLength: 1,
      maxLength: 745,
      size: "max",
    }),
    (counts) => {
      const perHour = counts.map((hour, index) => ({ hour: new Date(index * HOUR_MS).toISOString(), ...hour }));
      const { bars, hours, top } = gatherBars(perHour);
      const sum = (of: "succeeded" | "failed", all: readonly Record<typeof of, number>[]) =>
        all.reduce((total, each) => total + each[of], 0);
      assert.equal(sum("succeeded", bars), sum("succeeded", counts));
      assert.equal(sum("failed", bars), sum("failed", counts));
      assert.ok(bars.length <= 50 && bars.length === Math.ceil(counts.length / hours));
      assert.ok(bars.every(({ succeeded, failed }) => succeeded + failed <= top) && top % 2 === 0);
    },
  ));
});

for (
  const [ms, words] of [
    [null, "–"],
    [0, "0 ms"],
    [999, "999 ms"],
    [1_000, "1.0 s"],
    [59_999, "59.9 s"],
    [60_000, "1 min 0 s"],
    [3_599_999, "59 min 59 s"],
    [7_860_000, "2 h 11 min"],
  ] as const
) {
  Deno.test(`durationInWords() says ${words} when it is ${ms}`, () => {
    assert.equal(durationInWords(ms), words);
  });
}

function withTexts(tenant: string, type: string, message: string): ReportResult {
  return {
    ...REPORT,
    tenant,
    jobs: [{ ...REPORT.jobs[0]!, type }],
    failures: [{ code: type, message, count: 1 }],
  };
}
