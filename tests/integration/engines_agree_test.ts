import assert from "node:assert/strict";
import { importTables } from "../../actors/import/tables.ts";
import { jobTables } from "../../actors/job/tables.ts";
import { registry as shipped } from "../../actors/mod.ts";
import { reportTables } from "../../actors/report/tables.ts";
import { apiKeys } from "../../runtime/access/api_keys.ts";
import { auditTables } from "../../runtime/access/audit.ts";
import { passes } from "../../runtime/access/passes.ts";
import type { Registry } from "../../runtime/actor/registry.ts";
import type { BoundQuery, BoundWrite, SqlValue, Tables } from "../../runtime/actor/tables.ts";
import { limitTables } from "../../runtime/upstream/limit_tables.ts";
import { ledger } from "../support/registry/ledger.ts";
import { notes, registry as noteKinds } from "../support/registry/store_registry.ts";
import { registry as systemKinds } from "../support/registry/system_registry.ts";
import { type TwoEngines, twoEngines } from "../support/two_engines.ts";

const TENANTS = ["acme", "Zeta", "ä"];
const TYPES = ["import", "Report", "webhook"];
const STATUSES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
const HOUR_MS = 3_600_000;
const NOW = Date.parse("2026-11-22T12:00:00Z");

Deno.test("what jobs write and what is read of them is the same on both engines", async () => {
  await using both = await compared(shipped);
  await fillJobs(both);
  const { queries } = jobTables;
  for (const tenant of TENANTS) {
    for (let number = 0; number < 42; number++) {
      const id = idOf(number);
      for (const query of [queries.byId, queries.attempts, queries.failedById, queries.input]) {
        await both.ask(query as BoundQuery<never>, { tenant, id });
      }
    }
    for (const most of [1, 5, 1_000]) {
      await both.ask(queries.backlog, { tenant, most });
      await both.ask(queries.stored, { tenant, most });
    }
    if (tenant !== "Zeta") { for (const filter of pages()) await both.ask(queries.page, { tenant, ...filter }); }
    for (const type of [undefined, ...TYPES]) {
      for (const before of [undefined, { finishedAt: NOW + 500, id: idOf(20) }]) {
        await both.ask(queries.failed, { tenant, limit: 3, ...set({ type, before }) });
      }
    }
    const span = { tenant, from: NOW - 30 * HOUR_MS, until: NOW, asker: idOf(1) };
    for (const query of Object.values(reportTables.queries)) await both.ask(query as BoundQuery<never>, span);
  }
  await both.run("select * from jobs order by tenant, id");
  await both.run("select * from attempts order by tenant, job_id, run, attempt");
  for (const limit of [1, 3, 100]) await both.sweep(jobTables, { before: NOW + 500, limit });
  const own = JSON.stringify({ "acme": NOW, "ä": NOW + 700, nobody: NOW });
  for (const limit of [1, 3, 100]) await both.sweep(jobTables, { before: NOW + 600, limit, own });
  for (const table of ["job_records", "job_attempts", "job_inputs"]) {
    await both.run(`select * from ${table} order by 1, 2, 3`);
  }
  both.assertAllOf(jobTables, reportTables);
});

Deno.test("what imports write and what is read of them is the same on both engines", async () => {
  await using both = await compared(shipped);
  const { writes, queries } = importTables;
  for (const tenant of TENANTS) {
    for (const [dataset, key, line] of [["b", "k", 1], ["b", "K", 2], ["A", "ü", 3], ["b", "k", 4]] as const) {
      await both.write(writes.imported, [{
        ...{ tenant, dataset, key, line, data: `{"n":${line}}`, jobId: `job-${line}`, updatedAt: NOW - line },
      }]);
      await both.write(writes.rejected, [{
        ...{ tenant, jobId: dataset, line, reason: "short", raw: `a,${key}`, rejectedAt: NOW - line * HOUR_MS },
      }]);
    }
    for (const key of ["k", "K", "x"]) await both.ask(queries.byKey, { tenant, dataset: "b", key });
    for (const after of [undefined, "K", "k"]) {
      await both.ask(queries.page, { tenant, dataset: "b", limit: 10, ...set({ after }) });
    }
    for (const after of [undefined, 1]) {
      await both.ask(queries.rejects, { tenant, jobId: "b", limit: 10, ...set({ after }) });
    }
    await both.ask(queries.datasets, { tenant });
    const span = { tenant, from: NOW - 2 * HOUR_MS, until: NOW, asker: "" };
    await both.ask(reportTables.queries.rowsImported, span);
    await both.ask(reportTables.queries.rowsRejected, span);
  }
  const own = JSON.stringify({ Zeta: NOW - 3 * HOUR_MS });
  for (const limit of [1, 100]) await both.sweep(importTables, { before: NOW - HOUR_MS, limit, own });
  await both.run("select * from import_rejects order by 1, 2, 3");
  both.assertAllOf(importTables);
});

Deno.test("what is written and read of API keys and passes is the same on both engines", async () => {
  await using both = await compared(shipped);
  for (const tenant of TENANTS) {
    for (let number = 0; number < 6; number++) {
      const id = `${tenant}${idOf(number)}`;
      await both.write(apiKeys.writes.created, [{
        ...{ tenant, id, name: `key ${number}`, role: "operator", scopes: "[]", hash: `h${number}`, createdAt: NOW },
        ...{ createdBy: "ann", expiresAt: number % 2 === 0 ? null : NOW + number },
      }]);
      const hashes = { from: number < 4 ? `h${number}` : "other", hash: "new", previousHash: "h", previousUntil: NOW };
      await both.write(apiKeys.writes.rotated, [{ tenant, id, ...hashes }]);
      if (number > 2) await both.write(apiKeys.writes.revoked, [{ tenant, id, at: NOW }]);
      if (number > 4) await both.write(apiKeys.writes.revoked, [{ tenant, id, at: NOW }]);
      for (const at of [5, 6, 60]) await both.write(apiKeys.writes.used, [{ tenant, id, at, before: at - 2 }]);
      await both.ask(apiKeys.queries.byId, { tenant, id });
      await both.ask(apiKeys.queries.byId, { tenant: "nobody", id });
      await both.ask(apiKeys.queries.shown, { tenant: "nobody", id });
      await both.write(passes.writes.issued, [{
        ...{ tenant, hash: id, purpose: "session", subject: "ann", role: "viewer", keyId: number < 3 ? id : null },
        ...{ keyHash: null, parent: null, endsAt: null, expiresAt: NOW + number },
      }]);
      await both.ask(passes.queries.shown, { tenant, hash: id });
    }
    for (const before of [undefined, `${tenant}${idOf(3)}`]) {
      await both.ask(apiKeys.queries.page, { tenant, limit: 4, ...set({ before }) });
    }
    for (const again of [1, 2]) {
      await both.write(passes.writes.ended, [{ tenant, hash: `${tenant}${idOf(again % 2)}` }]);
    }
  }
  for (const limit of [2, 100]) await both.sweep(passes, { before: NOW + 3, limit });
  await both.run("select * from passes order by hash");
  both.assertAllOf(apiKeys, passes);
});

Deno.test("what is written and read of the limits of upstreams is the same on both engines", async () => {
  await using both = await compared(shipped);
  const { writes: { created, changed }, queries: { byId } } = limitTables;
  const tenant = "system";
  for (const number of [0, 1, 2, 1]) {
    const row = { tenant, id: `scan-api:${number}`, state: "{}", version: 1, idleAt: NOW + number };
    await both.write(created, [row]);
    for (const from of [1, 1, 7]) {
      await both.write(changed, [{ ...row, state: `{"from":${from}}`, version: from + 1, from }]);
    }
    await both.ask(byId, { tenant, id: row.id });
    await both.ask(byId, { tenant, id: "other" });
  }
  for (const limit of [1, 100]) await both.sweep(limitTables, { before: NOW + 2, limit });
  await both.run("select * from upstream_limits order by id");
  both.assertAllOf(limitTables);
});

Deno.test("what is written and read of the audit log is the same on both engines", async () => {
  await using both = await compared(shipped);
  const rows = Array.from({ length: 60 }, (_, number) => ({
    ...{ tenant: TENANTS[number % 3]!, at: NOW + Math.floor(number / 4), by: number % 5 === 0 ? "ann" : "Bob" },
    ...{ role: "admin", action: number % 2 === 0 ? "key.created" : "job.retried", subject: `s${number % 7}` },
    ...{ address: "::1", requestId: `r${number}` },
  }));
  await both.write(auditTables.writes.done, rows.slice(0, 50));
  for (const row of rows.slice(50)) await both.write(auditTables.writes.done, [row]);
  for (const tenant of TENANTS) {
    for (const by of [undefined, "ann"]) {
      for (const before of [undefined, { at: NOW + 7, id: 30 }]) {
        for (const bounds of [{}, { from: NOW + 2, to: NOW + 9, action: "job.retried" }, { subject: "s3" }]) {
          await both.ask(auditTables.queries.page, { tenant, limit: 4, ...bounds, ...set({ by, before }) });
        }
      }
    }
  }
  for (const limit of [5, 7, 100]) await both.sweep(auditTables, { before: NOW + 8, limit });
  await both.run("select * from audit order by id");
  both.assertAllOf(auditTables);
});

Deno.test("what the kinds of the tests write and read is the same on both engines", async () => {
  await using both = await compared(noteKinds);
  await both.run(message({ tenant: "acme", kind: "job", key: "k", number: 1, recorded: 0 }));
  for (const tenant of ["acme", "ä"]) {
    for (const id of ["b", "B", "ü"]) await both.write(notes.writes.added, [{ tenant, id, body: "x" }]);
    for (const id of ["b", "none"]) await both.write(notes.writes.rated, [{ tenant, id, stars: 3 }]);
    await both.write(notes.writes.touched, [{ tenant, id: "B", body: "y" }]);
    await both.write(notes.writes.noted, [{ tenant, id: "k", stars: 7 }, { tenant, id: "none", stars: 1 }]);
    await both.ask(notes.queries.all, { tenant });
    for (const query of [notes.queries.byId, notes.queries.rowById]) {
      for (const id of ["b", "none"]) await both.ask(query as BoundQuery<never>, { tenant, id });
    }
    await both.holds(notes, { tenant, id: "B" });
    await both.holds(notes, { tenant, id: "none" });
  }
  await both.ask(notes.queries.counted, { tenant: "acme", upTo: 1_000 });
  for (const write of [notes.writes.diskFull, notes.writes.diskFreed]) await both.each(write, [{ tenant: "acme" }]);
  await both.each(notes.writes.settings, [{ tenant: "zz", id: "s" }]);
  await both.sweep(notes, { before: 5, limit: 1 });
  await both.run("select tenant, id, body, stars from notes where tenant <> 'zz' order by tenant, id");
  both.assertAllBut(["lethal", "endless", "broken", "slept"], notes);

  await using system = await compared(systemKinds);
  for (const id of ["b", "A"]) await system.write(ledger.writes.book, [{ tenant: "acme", id, amount: 5 }]);
  await system.ask(ledger.queries.all, { tenant: "acme" });
  system.assertAllOf(ledger);
});

interface Compared extends AsyncDisposable {
  /** Changes as many rows on both. */
  write(write: BoundWrite<never>, rows: readonly Record<string, SqlValue>[]): Promise<void>;
  /** Runs it on both, where it does not do the same. */
  each(write: BoundWrite<never>, rows: readonly Record<string, SqlValue>[]): Promise<void>;
  ask(query: BoundQuery<never>, args: Record<string, unknown>): Promise<void>;
  sweep(tables: Tables, slice: { before: number; limit: number; own?: string }): Promise<void>;
  holds(tables: Tables, blob: { tenant: string; id: string }): Promise<void>;
  run(sql: string): Promise<void>;
  /** Everything that these declare has been compared. */
  assertAllOf(...tables: readonly AnyTables[]): void;
  assertAllBut(but: readonly string[], ...tables: readonly AnyTables[]): void;
}

// deno-lint-ignore no-explicit-any -- of any rows
type AnyTables = Tables<any, any>;

/** Both engines, on which everything is done and must come out the same. */
async function compared(registry: Registry): Promise<Compared> {
  const both: TwoEngines = await twoEngines(registry);
  const seen = new Set<unknown>();
  const same = async <T>(what: unknown, act: (engine: TwoEngines["engines"][number]) => Promise<T>): Promise<void> => {
    seen.add(what);
    const [one, other] = [await act(both.engines[0]), await act(both.engines[1])];
    assert.deepEqual(other, one, JSON.stringify(what));
  };
  const assertAllBut = (but: readonly string[], ...all: readonly AnyTables[]) => {
    for (const { name, writes, queries, sweeps, holdsBlob } of all) {
      const declared = [
        ...Object.values(writes),
        ...Object.values(queries),
        ...sweeps,
        ...holdsBlob === null ? [] : [holdsBlob],
      ];
      const missing = declared.filter((one) => !seen.has(one)).map((one) => (one as { name?: string }).name);
      assert.deepEqual(missing.filter((one) => !but.includes(one!)), [], name);
    }
  };
  return {
    write: (write, rows) => same(write, (engine) => engine.write(write as never, rows)),
    each: async (write, rows) => {
      seen.add(write);
      for (const engine of both.engines) await engine.write(write as never, rows);
    },
    ask: (query, args) => same(query, (engine) => engine.ask(query, args)),
    sweep: async ({ sweeps }, slice) => {
      for (const sweep of sweeps) {
        await same(
          sweep,
          async (engine) =>
            (await engine.sweep(sweep, { own: "{}", ...slice })).map((rows) =>
              rows.map((row) => JSON.stringify(row)).sort()
            ),
        );
      }
    },
    holds: ({ holdsBlob }, blob) => same(holdsBlob, (engine) => engine.holds(holdsBlob!, blob)),
    run: (sql) => same(sql, async (engine) => JSON.parse(JSON.stringify(await engine.run(sql))) as unknown),
    assertAllOf: (...tables) => assertAllBut([], ...tables),
    assertAllBut,
    [Symbol.asyncDispose]: () => both[Symbol.asyncDispose](),
  };
}

/** Jobs of all types in all states, some only mail, some with several runs and attempts. */
async function fillJobs(both: Compared): Promise<void> {
  const { writes } = jobTables;
  for (const tenant of TENANTS) {
    for (let number = 0; number < 40; number++) {
      const [id, type] = [idOf(number), TYPES[number % 3]!];
      const job = { tenant, id, type };
      await both.run(message({ tenant, kind: type, key: id, number, recorded: 1 }));
      const at = NOW + number * 20;
      if (number % 5 > 0) await both.write(writes.started, [{ ...job, attempts: 1, startedAt: at }]);
      if (number % 3 > 0) await both.write(writes.progressed, [{ ...job, progress: `{"done":${number}}` }]);
      if (number % 5 > 1) {
        const lastError = number % 2 === 0 ? null : '{"code":"x"}';
        await both.write(writes.retrying, [{ ...job, attempts: 2, runAt: at + 5, lastError }]);
        for (const attempt of [1, 2, 1]) {
          await both.write(writes.attempted, [{
            ...{ tenant, jobId: id, attempt, startedAt: at, finishedAt: at + attempt, outcome: "failed" },
            ...{ error: lastError, lines: "[]" },
          }]);
        }
      }
      if (number % 4 === 0) {
        await both.write(writes.given, [{ tenant, jobId: id, blob: `blob-${number}` }]);
        for (const one of [number, number + 1]) await both.holds(jobTables, { tenant, id: `blob-${one}` });
      }
    }
    const ended = Array.from({ length: 30 }, (_, number) => {
      const status = STATUSES[2 + number % 3]!;
      const times = { startedAt: status === "cancelled" ? null : NOW + number, finishedAt: NOW + number * 30 };
      const error = status === "failed" ? `{"code":"${number % 2}"}` : null;
      const said = { status, attempts: 1, crashes: 0, result: status === "succeeded" ? "{}" : null, error };
      return { tenant, id: idOf(number), type: TYPES[number % 3]!, ...times, ...said };
    });
    await both.write(writes.finished, ended.slice(0, 25));
    for (const one of ended.slice(25)) await both.write(writes.finished, [one]);
    await both.write(writes.finished, [{ ...ended[0]!, id: "none" }]);
    await both.run(`delete from messages where tenant = '${tenant}' and key < '${idOf(30)}'`);
    for (const number of [0, 3, 6]) {
      await both.write(writes.attemptKept, [{ tenant, id: idOf(number) }]);
      const again = { tenant, id: idOf(number), run: 1, runAt: NOW, maxAttempts: 4, priority: 2 };
      for (const _ of [1, 2]) await both.write(writes.requeued, [again]);
    }
    for (const number of [1, 2, 4]) {
      const job = { tenant, id: idOf(number) };
      for (const write of [writes.discarded, writes.attemptsDiscarded, writes.inputDiscarded]) {
        await both.write(write as BoundWrite<never>, [job]);
      }
    }
    await both.write(writes.told, [{
      ...{ tenant, id: `told-${tenant}`, type: "import", payload: "{}", maxAttempts: 3, priority: 0, timeoutMs: 9 },
      ...{ dedupeKey: null, batchId: null, createdBy: "actor", createdAt: NOW, runAt: NOW },
    }]);
  }
}

function pages(): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  for (const status of [undefined, ["queued"], ["failed"], ["succeeded", "running"], STATUSES]) {
    for (const type of [undefined, "import", "Report", "none"]) {
      for (const createdFrom of [undefined, NOW - 20 * HOUR_MS]) {
        for (const createdUntil of [undefined, NOW - 10 * HOUR_MS]) {
          for (const before of [undefined, idOf(22)]) {
            found.push({ limit: 5, ...set({ status, type, createdFrom, createdUntil, before }) });
          }
        }
      }
    }
  }
  return found;
}

/** In the form of the ids of jobs: those of an hour begin alike. */
function idOf(number: number): string {
  const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let rest = NOW - (40 - number) * HOUR_MS;
  let text = "";
  for (let place = 0; place < 10; place++) {
    text = digits[rest % 32]! + text;
    rest = Math.floor(rest / 32);
  }
  return `${text}0000000000000000`;
}

function message(
  { tenant, kind, key, number, recorded }: {
    tenant: string;
    kind: string;
    key: string;
    number: number;
    recorded: number;
  },
): string {
  const at = NOW - (40 - number) * HOUR_MS;
  return `insert into messages (tenant, kind, key, due_at, seq, slot, ready_at, priority, dedupe_key, recorded, attempts,
      crashes, max_attempts, timeout_ms, version, enqueued_at, id, name, sender, payload)
    values ('${tenant}', '${kind}', '${key}', ${at}, ${number}, 1, ${at}, ${number % 4}, null, ${recorded}, 0,
      0, 3, 1000, 1, ${at}, 'm${number}', 'run', 'ann', '{"n":${number}}')`;
}

/** Without what is undefined. */
function set(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
