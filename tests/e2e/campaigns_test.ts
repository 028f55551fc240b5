import assert from "node:assert/strict";
import { importRounds } from "./import_rounds.ts";
import { killRounds } from "./kill_rounds.ts";
import { readerRounds } from "./reader_rounds.ts";

const MEBIBYTE = 1024 * 1024;

Deno.test("no job that was acknowledged is lost when the server is killed under load", async () => {
  const report = await killRounds({ rounds: 3 });
  const { lost, unfinished, succeededTwice, wrongCounters, secondIds, integrity } = report;
  assert.deepEqual({ lost, unfinished, succeededTwice, wrongCounters, secondIds, integrity }, {
    lost: 0,
    unfinished: 0,
    succeededTwice: 0,
    wrongCounters: 0,
    secondIds: 0,
    integrity: "ok",
  });
  assert.ok(report.ackedJobs > 50 && report.ackedAdds > 50, JSON.stringify(report));
});

Deno.test("readers who are cut off see every event once and in order, also when the server is killed", async () => {
  const report = await readerRounds({ readers: 20, seconds: 6, kills: 1 });
  const { gaps, duplicates, disorder, unread, told } = report;
  assert.deepEqual({ gaps, duplicates, disorder, unread, told }, {
    gaps: 0,
    duplicates: 0,
    disorder: 0,
    unread: 0,
    told: 0,
  });
  assert.ok(report.cuts > 20 && report.events > 100, JSON.stringify(report));
  assert.equal(report.deliveries, report.events * report.readers);
});

Deno.test("a file is imported whole and each row once, although the server is killed twice meanwhile", async () => {
  const report = await importRounds({ bytes: 2 * MEBIBYTE, kills: 2 });
  const { missing, wrongRevisions, restarts, status } = report;
  assert.deepEqual({ missing, wrongRevisions, restarts, status }, {
    missing: 0,
    wrongRevisions: 0,
    restarts: 0,
    status: "succeeded",
  });
  assert.ok(report.rows > 10_000, JSON.stringify(report));
});
