import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { importTables } from "../../actors/import/tables.ts";
import { registry } from "../../actors/mod.ts";
import { apiKeys } from "../../runtime/access/api_keys.ts";
import { auditTables } from "../../runtime/access/audit.ts";
import { passes } from "../../runtime/access/passes.ts";
import type { BoundQuery, Sweep } from "../../runtime/actor/tables.ts";
import { compileStatement } from "../../runtime/store/statements.ts";
import { postgresCompiler } from "../../runtime/store/postgres/dialect.ts";
import { explained } from "../support/explained.ts";
import { type TwoEngines, twoEngines } from "../support/two_engines.ts";

/** A plan that goes through a table from its start shows at this size as at ten times that. */
const ROWS = 10_000;
/** Of a ULID made in 2026. */
const ID = "'01K' || lpad(number::text, 23, '0')";

/** How many rows may be looked at for a page of ten: of several types, states, tables and stretches of time. */
const FEW = 200;
/** Jobs that have failed since; where values are known to the plan, those that it believes to be none are gone through. */
const FAILED = 401;

const CASES = [
  { statistics: "of the empty tables", purpose: "listener", few: FEW },
  { statistics: "of the tables before the last failed", purpose: "listener", few: FEW },
  { statistics: "of the tables before the last failed", purpose: "reports", few: FEW + FAILED },
] as const;

for (const { statistics, purpose, few } of CASES) {
  Deno.test(`on Postgres a page of many looks at no more rows than it needs; statistics: ${statistics}; ${purpose}`, async () => {
    await using both = await twoEngines(registry, purpose);
    await both.postgres.query("set default_transaction_read_only = off");
    const { postgres } = both;
    if (statistics === "of the empty tables") await postgres.query("analyze");
    await fill(both);
    if (statistics === "of the tables before the last failed") await postgres.query("analyze");
    await postgres.query(`update job_records set status = 'failed', type = 'import', error = '{}'
      where tenant = 'acme' and id between '${idOf(100)}' and '${idOf(500)}'`);

    const { queries } = jobTables;
    const asked: [BoundQuery<never>, Record<string, unknown>][] = [
      ...[queries.byId, queries.attempts, queries.failedById, queries.input]
        .map((query) => [query as BoundQuery<never>, { id: idOf(7) }] as [BoundQuery<never>, Record<string, unknown>]),
      ...[{}, { before: idOf(5_000) }, { status: ["failed"] }, { type: "import" }, {
        type: "report",
        status: ["failed"],
      }]
        .map((page) => [queries.page, { ...page, limit: 10 }] as [BoundQuery<never>, Record<string, unknown>]),
      [queries.page, { status: ["failed", "succeeded"], before: idOf(9_000), limit: 10 }],
      [queries.page, { status: ["queued"], limit: 10 }],
      ...[{}, { type: "import" }, { type: "import", before: { finishedAt: 300, id: idOf(300) } }]
        .map((page) => [queries.failed, { ...page, limit: 10 }] as [BoundQuery<never>, Record<string, unknown>]),
      [auditTables.queries.page, { limit: 10 }],
      [auditTables.queries.page, { limit: 10, before: { at: 5_000, id: 5_000 }, from: 10 }],
      [importTables.queries.page, { dataset: "d", limit: 10 }],
      [importTables.queries.page, { dataset: "d", after: idOf(5_000), limit: 10 }],
      [importTables.queries.rejects, { jobId: "j", after: 5_000, limit: 10 }],
      [importTables.queries.byKey, { dataset: "d", key: idOf(3) }],
      [apiKeys.queries.page, { before: idOf(900), limit: 10 }],
      [apiKeys.queries.shown, { id: idOf(3) }],
      [passes.queries.shown, { hash: idOf(3) }],
    ];
    for (const [query, args] of asked) {
      both.asked.length = 0;
      await both.engines[1].ask(query, { tenant: "acme", ...args });
      for (const statement of [...both.asked]) {
        await looksAtFew(both, few, { statement, what: `${query.name} ${JSON.stringify(args)}` });
      }
    }
    for (const { sweeps } of [jobTables, importTables, auditTables, passes]) {
      for (const sweep of sweeps) await sweepsFew(both, few, sweep);
    }
  });
}

async function sweepsFew(both: TwoEngines, few: number, { period, statements }: Sweep): Promise<void> {
  const slice = { before: 5_000, limit: 10, own: "{}" };
  for (const build of statements) {
    const { sql, bind } = compileStatement(postgresCompiler(), build);
    const values = bind.map((part) => part instanceof Object ? slice[part.name as keyof typeof slice] : part);
    await looksAtFew(both, few, { statement: { text: sql, values }, what: `sweep of ${period}` });
  }
}

async function looksAtFew(
  { postgres }: TwoEngines,
  few: number,
  { statement, what }: {
    readonly statement: { readonly text: string; readonly values: readonly unknown[] };
    readonly what: string;
  },
): Promise<void> {
  const { rows, scans } = await explained(postgres, statement);
  assert.ok(rows <= few, `${what} looks at ${rows} rows by ${scans.join(", ")}: ${statement.text}`);
  assert.deepEqual(
    scans.filter((scan) => TABLES.includes(scan)),
    [],
    `${what} is read from the start: ${statement.text}`,
  );
}

const TABLES = [
  "job_records",
  "job_attempts",
  "job_inputs",
  "messages",
  "audit",
  "imports",
  "import_rejects",
  "passes",
  "api_keys",
];

function idOf(number: number): string {
  return `01K${String(number).padStart(23, "0")}`;
}

/** All of one tenant; jobs have succeeded, all of one type. */
async function fill({ postgres }: TwoEngines): Promise<void> {
  const all = `from generate_series(1, ${ROWS}) as number`;
  for (
    const statement of [
      `insert into job_records (tenant, id, type, status, run, attempts, max_attempts, priority, payload, timeout_ms,
        created_by, created_at, run_at, started_at, finished_at)
        select 'acme', ${ID}, 'report', 'succeeded', 1, 1, 3, 0, '{}', 9, 'ann', number, number, number, number ${all}`,
      `insert into job_attempts (tenant, job_id, run, attempt, started_at, finished_at, outcome, lines)
        select 'acme', ${ID}, 1, 1, number, number, 'succeeded', '[]' ${all}`,
      `insert into job_inputs (tenant, job_id, blob) select 'acme', ${ID}, number ${all}`,
      `insert into messages (tenant, kind, key, due_at, seq, slot, ready_at, priority, recorded, attempts, crashes,
        max_attempts, timeout_ms, version, enqueued_at, id, name, sender, payload)
        select 'acme', 'webhook', '01M' || number, number, number, 1, number, 0, 1, 0, 0, 3, 9, 1, number, number, 'run', 'ann', '{}' ${all}`,
      `insert into audit (tenant, at, by, role, action, subject, address, request_id)
        select 'acme', number, 'ann', 'admin', 'job.retried', 'job/x', '::1', number ${all}`,
      `insert into imports (tenant, dataset, key, data, revision, job_id, line, updated_at)
        select 'acme', 'd', ${ID}, '{}', 1, 'j', number, number ${all}`,
      `insert into import_rejects (tenant, job_id, line, reason, raw, rejected_at)
        select 'acme', 'j', number, 'short', 'x', number ${all}`,
      `insert into api_keys (id, tenant, name, role, scopes, hash, created_at, created_by)
        select ${ID}, 'acme', 'k', 'viewer', '[]', 'h', number, 'ann' ${all}`,
      `insert into passes (hash, tenant, purpose, subject, role, expires_at)
        select ${ID}, 'acme', 'session', 'ann', 'viewer', number ${all}`,
    ]
  ) await postgres.query(statement);
}
