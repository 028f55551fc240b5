import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { importJob } from "../../actors/import/import_job.ts";
import { importTables } from "../../actors/import/tables.ts";
import type { JobStatus } from "../../actors/job/rows.ts";
import { registry } from "../../actors/mod.ts";
import { reportJob } from "../../actors/report/report_job.ts";
import type { ReportResult } from "../../actors/report/schemas.ts";
import { reportTables } from "../../actors/report/tables.ts";
import { type BoundQuery, type RowWrite, testActor } from "../../runtime/authoring.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { type GivenJob, writeJobs } from "../support/given_jobs.ts";
import { sqliteFolder } from "../support/sqlite_folder.ts";
import { committed, entry } from "../support/store_entries.ts";

const NOW = Date.parse("2026-11-22T10:23:00Z");
const HOUR_MS = 60 * 60 * 1_000;
const SPAN = { from: NOW - 24 * HOUR_MS, until: NOW };
const ENDED: readonly JobStatus[] = ["succeeded", "failed", "cancelled"];

const anyJob: fc.Arbitrary<GivenJob> = fc.record({
  type: fc.constantFrom("import", "mail", "__proto__"),
  status: fc.constantFrom("succeeded", "succeeded", "succeeded", "failed", "cancelled", "queued", "running"),
  createdAt: fc.oneof(
    fc.integer({ min: SPAN.from - 2 * HOUR_MS, max: SPAN.until + HOUR_MS }),
    fc.constantFrom(SPAN.from - 1, SPAN.from, SPAN.until - 1, SPAN.until),
  ),
  durationMs: fc.integer({ min: 0, max: 50 }),
  error: fc.constantFrom("a", 'b "quoted"', "c"),
});

Deno.test("a report counts the same as its reader would, whatever the jobs are (S2-16)", async () => {
  await using store = await openStore();
  let tenants = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyJob, { maxLength: 120, size: "max" }), async (jobs) => {
      const tenant = `tenant-${tenants++}`;
      await writeJobs(store, tenant, jobs);
      await writeJobs(store, `${tenant}-rival`, jobs);
      assert.deepEqual(await reportOf(store, tenant), expectedReport(jobs));
    }),
    { numRuns: 30 },
  );
});

Deno.test("a report leaves itself out", async () => {
  await using store = await openStore();
  await writeJobs(store, "acme", [
    { type: "report", status: "queued", createdAt: NOW - 1, durationMs: 0, error: "" },
    { type: "report", status: "queued", createdAt: NOW - 2, durationMs: 0, error: "" },
  ]);
  const args = { ...SPAN, asker: "job-0" };
  const [counts] = await ask(store, "acme", reportTables.queries.statusCounts, args);
  assert.equal(counts!.total, 1);
});

Deno.test("a report counts imported and rejected rows of its tenant and time", async () => {
  await using store = await openStore();
  await runImport(store, "acme", { at: NOW - 5, jobId: "in", content: "id,n\n1,a\n2,b\n3\n" });
  await runImport(store, "acme", { at: NOW, jobId: "late", content: "id,n\n4,a\n5\n6\n" });
  await runImport(store, "rival", { at: NOW - 5, jobId: "in", content: "id,n\n1,a\n" });
  const { rowsImported, rowsRejected } = reportTables.queries;
  const args = { ...SPAN, asker: "none" };
  assert.equal(await ask(store, "acme", rowsImported, args), 2);
  assert.equal(await ask(store, "acme", rowsRejected, args), 1);
  assert.equal(await ask(store, "rival", rowsImported, args), 1);
});

Deno.test("imports are upserted with a revision that counts (S2-15)", async () => {
  await using store = await openStore();
  const { byKey } = importTables.queries;
  await runImport(store, "acme", { at: 1, jobId: "first", content: "id,n\n1,a\n2,b\n" });
  await runImport(store, "acme", { at: 2, jobId: "second", content: "n,id\nc,2\n", key: "id" });
  const row = (key: string) => ask(store, "acme", byKey, { dataset: "people", key });
  const first = { tenant: "acme", dataset: "people", key: "1", data: '{"id":"1","n":"a"}', revision: 1 };
  assert.deepEqual(await row("1"), { ...first, jobId: "first", line: 2, updatedAt: 1 });
  const second = { tenant: "acme", dataset: "people", key: "2", data: '{"n":"c","id":"2"}', revision: 2 };
  assert.deepEqual(await row("2"), { ...second, jobId: "second", line: 2, updatedAt: 2 });
  assert.equal(await row("3"), null);
  assert.equal(await ask(store, "rival", byKey, { dataset: "people", key: "1" }), null);
});

Deno.test("rejects are written once when a commit is repeated", async () => {
  await using store = await openStore();
  const file = { at: 1, jobId: "job", content: "id,n\n1\n2,a\n3\n" };
  await runImport(store, "acme", file);
  await runImport(store, "acme", file);
  const page = (after?: number) => ask(store, "acme", importTables.queries.rejects, { jobId: "job", after, limit: 1 });
  const [reject] = await page();
  assert.deepEqual([reject!.line, reject!.raw, reject!.reason], [2, "1", "1 column, but the header has 2"]);
  assert.deepEqual((await page(2)).map(({ line }) => line), [4]);
  assert.deepEqual(await page(4), []);
});

Deno.test("a dataset's rows are read in pages by key, and datasets are counted", async () => {
  await using store = await openStore();
  await runImport(store, "acme", { at: 1, jobId: "job", content: "id\nb\na\nc\n" });
  await runImport(store, "acme", { at: 7, jobId: "job", content: "id\nz\n", dataset: "cars" });
  await runImport(store, "rival", { at: 1, jobId: "job", content: "id\nx\n" });
  const { page, datasets } = importTables.queries;
  const keys = async (after?: string) =>
    (await ask(store, "acme", page, { dataset: "people", after, limit: 2 })).map(({ key }) => key);
  assert.deepEqual(await keys(), ["a", "b"]);
  assert.deepEqual(await keys("b"), ["c"]);
  assert.deepEqual(await ask(store, "acme", datasets, {}), [
    { dataset: "cars", rows: 1, updatedAt: 7 },
    { dataset: "people", rows: 3, updatedAt: 1 },
  ]);
  await assert.rejects(ask(store, "acme", page, { dataset: "people", limit: 1_001 }), { code: "invalid-message" });
});

async function openStore(): Promise<Store & AsyncDisposable> {
  const folder = await sqliteFolder();
  const store = await folder.open({ registry, registryUrl: new URL("../../actors/mod.ts", import.meta.url).href });
  return Object.assign(store, { [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() });
}

async function writeRows(store: Store, tenant: string, rows: readonly RowWrite[]): Promise<void> {
  const writes = rows.map((row) => ({ write: "row" as const, row }));
  committed((await store.write([entry({ tenant, writes })]))[0]);
}

async function ask<A extends object, R>(store: Store, tenant: string, query: BoundQuery<A, R>, args: A): Promise<R> {
  const { tables, name } = query;
  return JSON.parse(await store.read.query({ tenant, tables, query: name, args: JSON.stringify(args) }));
}

/** Runs the job without a host and commits what it asks to. */
async function runImport(
  store: Store,
  tenant: string,
  { at, jobId, ...file }: { at: number; jobId: string; content: string; key?: string; dataset?: string },
): Promise<void> {
  const turn = await testActor(importJob).at(at).when("run", { dataset: "people", ...file });
  assert.equal(turn.end, "done");
  await writeRows(store, tenant, turn.rows.map((row) => ({ ...row, args: { ...row.args, jobId } })));
}

async function reportOf(store: Store, tenant: string): Promise<Pick<ReportResult, "jobs" | "failures" | "perHour">> {
  const answers = Object.keys(reportTables.queries).map((query) => [
    query,
    async (args: object) =>
      JSON.parse(await store.read.query({ tenant, tables: reportTables.name, query, args: JSON.stringify(args) })),
  ]);
  const turn = await testActor(reportJob).at(NOW).answering(Object.fromEntries(answers)).when("run", {});
  assert.equal(turn.error, null);
  const { jobs, failures, perHour } = turn.result as ReportResult;
  return { jobs, failures, perHour: perHour.filter(({ succeeded, failed }) => succeeded + failed > 0) };
}

function expectedReport(all: readonly GivenJob[]): Pick<ReportResult, "jobs" | "failures" | "perHour"> {
  const jobs = all.filter(({ createdAt }) => createdAt >= SPAN.from && createdAt < SPAN.until);
  const among = <K extends string>(key: (job: GivenJob) => K): K[] => [...new Set(jobs.map(key))].sort();
  return {
    jobs: among(({ type }) => type).map((type) => {
      const ofType = jobs.filter((job) => job.type === type);
      const durations = ofType.filter(({ status }) => ENDED.includes(status)).map(({ durationMs }) => durationMs);
      const having = (status: JobStatus) => ofType.filter((job) => job.status === status).length;
      return {
        type,
        total: ofType.length,
        succeeded: having("succeeded"),
        failed: having("failed"),
        cancelled: having("cancelled"),
        queued: having("queued"),
        running: having("running"),
        durationMs: { p50: percentile(durations, 50), p95: percentile(durations, 95) },
      };
    }),
    failures: among(({ error }) => error)
      .map((message) => ({
        code: "handler-failed",
        message,
        count: jobs.filter(({ status, error }) => status === "failed" && error === message).length,
      }))
      .filter(({ count }) => count > 0)
      .sort((one, other) => other.count - one.count),
    perHour: among(({ createdAt }) => new Date(createdAt - createdAt % HOUR_MS).toISOString())
      .map((hour) => {
        const within = jobs.filter(({ createdAt }) => Math.floor((createdAt - Date.parse(hour)) / HOUR_MS) === 0);
        const having = (status: JobStatus) => within.filter((job) => job.status === status).length;
        return { hour, succeeded: having("succeeded"), failed: having("failed") };
      })
      .filter(({ succeeded, failed }) => succeeded + failed > 0),
  };
}

/** The nearest rank: the smallest value that so many of a hundred do not exceed. */
function percentile(values: readonly number[], rank: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(rank * sorted.length / 100) - 1)] ?? null;
}
