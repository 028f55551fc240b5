import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "../support/properties.ts";
import type { JobsPage } from "../../actors/job/jobs_page.ts";
import { jobsPage } from "../../actors/job/page_queries.ts";
import type { JobRow, JobsDatabase, JobStatus } from "../../actors/job/rows.ts";
import { jobTables } from "../../actors/job/tables.ts";
import { registry } from "../../actors/mod.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";
import { type GivenJob, writeJobs } from "../support/given_jobs.ts";
import { sqliteFolder } from "../support/sqlite_folder.ts";
import { append, commit, entry } from "../support/store_entries.ts";

const STATUSES: readonly JobStatus[] = ["queued", "running", "succeeded", "failed", "cancelled"];

const anyJob: fc.Arbitrary<GivenJob> = fc.record({
  type: fc.constantFrom("import", "report", "webhook"),
  status: fc.constantFrom("queued", "queued", ...STATUSES),
  createdAt: fc.integer({ min: 1_000, max: 1_010 }),
  durationMs: fc.constant(5),
  error: fc.constant("a"),
  batch: fc.constantFrom(null, "batch-1", "batch-2"),
});

const anyFilter: fc.Arbitrary<JobsPage> = fc.record({
  status: fc.option(fc.uniqueArray(fc.constantFrom(...STATUSES), { minLength: 1 }), { nil: undefined }),
  type: fc.option(fc.constantFrom("import", "webhook", "counter"), { nil: undefined }),
  batchId: fc.option(fc.constantFrom("batch-1", "batch-9"), { nil: undefined }),
  createdFrom: fc.option(fc.integer({ min: 1_000, max: 1_010 }), { nil: undefined }),
  createdUntil: fc.option(fc.integer({ min: 1_000, max: 1_011 }), { nil: undefined }),
  limit: fc.integer({ min: 1, max: 5 }),
});

Deno.test("pages of jobs show each once, newest first, wherever what is known of it lies (S2-12)", async () => {
  await using store = await openStore();
  let tenants = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyJob, { maxLength: 24 }), anyFilter, async (given, filter) => {
      const tenant = `tenant-${tenants++}`;
      const jobs = given.map((job, index) => ({ ...job, id: `job-${String(index * 7 % 24).padStart(2, "0")}` }));
      await writeJobs(store, tenant, jobs);
      await writeJobs(store, `${tenant}-rival`, jobs);
      await commit(store, entry({ tenant, writes: [append({ tenant, kind: "counter", key: "job-zz" })] }));
      assert.deepEqual(await allPages(store, tenant, filter), expected(jobs, filter));
      for (const { id, type, status } of jobs) {
        const row = await ask<JobRow | null>(store, tenant, "byId", { id });
        assert.deepEqual([row?.type, row?.status], [type, status]);
      }
      assert.equal(await ask(store, tenant, "byId", { id: "job-zz" }), null);
    }),
    { numRuns: 60 },
  );
});

Deno.test("the views that people read show the same jobs and attempts", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open({ registry, registryUrl });
  const jobs = STATUSES.map((status) => ({ type: "import", status, createdAt: 5, durationMs: 1, error: "a" }));
  await writeJobs(store, "acme", jobs);
  const rows = (sql: string) => folder.inspect((db) => db.prepare(sql).all().map((row) => Object.values(row)));
  assert.deepEqual(
    rows("select id, status, created_at from jobs order by id"),
    STATUSES.map((status, index) => [`job-${index}`, status, 5]),
  );
  assert.deepEqual(rows("select job_id, run, attempt, outcome, lines from attempts"), [
    ["job-2", 1, 1, "succeeded", "[]"],
  ]);
});

Deno.test("a page of jobs reads along an index only where what it shows lies, whatever it asks for", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open({ registry, registryUrl });
  const createdAt = Date.parse("2026-11-22T12:00:00Z");
  const jobs = STATUSES.map((status) => ({ type: "import", status, createdAt, durationMs: 1, error: "a" }));
  await writeJobs(store, "acme", jobs);
  using file = new DatabaseSync(folder.path, { readOnly: true });
  const filters: readonly [Omit<JobsPage, "limit">, wanted: RegExp][] = [
    [{}, /PRIMARY KEY \(tenant=\?\)/],
    [{ before: "j" }, /PRIMARY KEY \(tenant=\? AND id<\?\)/],
    [{ createdFrom: createdAt, createdUntil: createdAt + 1 }, /PRIMARY KEY \(tenant=\? AND id>\? AND id<\?\)/],
    [{ status: ["failed"] }, /jobs_listed \(tenant=\? AND type=\? AND status=\?\)/],
    [{ type: "import" }, /jobs_listed \(tenant=\? AND type=\? AND status=\?\)/],
    [{ type: "import", createdUntil: createdAt }, /jobs_listed \(tenant=\? AND type=\? AND status=\? AND id<\?\)/],
    [{ batchId: "b" }, /jobs_of_batch \(tenant=\? AND batch_id=\?\)/],
    [{ batchId: "b" }, /messages_batch \(tenant=\? AND batch=\?\)/],
    [{ batchId: "b", type: "import", status: ["failed"] }, /jobs_of_batch \(tenant=\? AND batch_id=\?\)/],
    [{ type: "import", status: ["queued", "failed"] }, /jobs_listed \(tenant=\? AND type=\? AND status=\?\)/],
  ];
  for (const [filter, wanted] of filters) {
    const steps = await stepsOf(file, { ...filter, limit: 9 });
    assert.ok(steps.some((step) => wanted.test(step)), steps.join("\n"));
    assert.equal(steps.includes(ALL_JOBS), wanted.test(ALL_JOBS), JSON.stringify(filter));
    assert.deepEqual(steps.filter((step) => /^SCAN (job_records|messages)/.test(step)), []);
  }
});

/** Along the primary key without a bound: where a filter leaves out most of them, that reads all. */
const ALL_JOBS = "SEARCH job_records USING PRIMARY KEY (tenant=?)";

/** How SQLite goes about a page, step by step. */
async function stepsOf(file: DatabaseSync, page: JobsPage): Promise<string[]> {
  const steps: string[] = [];
  const db = kyselyOver<JobsDatabase>(
    new Proxy(file, {
      get: (_, name) => {
        if (name !== "prepare") return Reflect.get(file, name);
        return (sql: string) => {
          const plan = file.prepare(`explain query plan ${sql}`).all(...Array(sql.split("?").length - 1).fill(null));
          steps.push(...plan.map(({ detail }) => String(detail)));
          return file.prepare(sql);
        };
      },
    }),
  );
  await jobsPage(db, { ...page, tenant: "acme" });
  return steps;
}

const registryUrl = new URL("../../actors/mod.ts", import.meta.url).href;

async function openStore(): Promise<Store & AsyncDisposable> {
  const folder = await sqliteFolder();
  const store = await folder.open({ registry, registryUrl });
  return Object.assign(store, { [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() });
}

async function allPages(store: Store, tenant: string, filter: JobsPage): Promise<string[]> {
  const ids: string[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await ask<JobRow[]>(store, tenant, "page", { ...filter, before });
    ids.push(...page.map(({ id }) => id));
    if (page.length < filter.limit) return ids;
    before = page.at(-1)!.id;
  }
}

function expected(jobs: readonly (GivenJob & { id: string })[], filter: JobsPage): string[] {
  const { status = STATUSES, type, batchId, createdFrom = 0, createdUntil = Infinity } = filter;
  return jobs.filter((job) =>
    status.includes(job.status) && (type ?? job.type) === job.type &&
    (batchId === undefined || batchId === job.batch) && job.createdAt >= createdFrom &&
    job.createdAt < createdUntil
  ).map(({ id }) => id).sort().reverse();
}

async function ask<R>(store: Store, tenant: string, query: "page" | "byId", args: object): Promise<R> {
  return JSON.parse(await store.read.query({ tenant, tables: jobTables.name, query, args: JSON.stringify(args) }));
}
