import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import { auditRow, auditTables } from "../../runtime/access/audit.ts";
import { auditSlice } from "../../runtime/access/audit_page.ts";
import type { AuditDatabase } from "../../runtime/access/audit_rows.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";

const DEED = { by: "ann", role: "admin", action: "pauseKind", subject: "kind/import", address: "", requestId: "r" };

/** A table with a row of the tenant for each of these times, in this order. */
async function setup(times: readonly number[], subjectOf: (index: number) => string = () => DEED.subject) {
  const file = new DatabaseSync(":memory:");
  const db = kyselyOver(file);
  for (const migration of Object.values(auditTables.migrations)) await migration.up(db);
  const insert = file.prepare(
    "insert into audit (tenant, at, by, role, action, subject, address, request_id) values ('acme', ?, 'ann', 'admin', 'a', ?, '', 'r')",
  );
  for (const [index, at] of times.entries()) insert.run(at, subjectOf(index));
  const slice = (page: Partial<Parameters<typeof auditSlice>[1]> = {}) =>
    auditSlice(db as Kysely<unknown> as Kysely<AuditDatabase>, { tenant: "acme", limit: 2, ...page });
  return { slice, [Symbol.dispose]: () => file.close() };
}

Deno.test("auditSlice() has the newest first and goes on behind a row, also among those of one moment", async () => {
  using rig = await setup([10, 30, 30, 30, 20]);
  const seen: number[][] = [];
  let page = await rig.slice();
  while (page.rows.length > 0) {
    assert.equal(page.lookedTo, null);
    seen.push(...page.rows.map(({ at, id }) => [at, id]));
    page = await rig.slice({ before: page.rows.at(-1)! });
  }
  assert.deepEqual(seen, [[30, 4], [30, 3], [30, 2], [20, 5], [10, 1]]);
});

Deno.test("auditSlice() has the rows of a tenant, from a moment on and before another", async () => {
  using rig = await setup([10, 20, 30, 40]);
  assert.deepEqual((await rig.slice({ from: 20, to: 40, limit: 9 })).rows.map(({ at }) => at), [30, 20]);
  assert.deepEqual((await rig.slice({ tenant: "globex" })).rows, []);
});

Deno.test("auditSlice() looks at ten thousand rows for what is rare, and says how far it looked", async () => {
  using rig = await setup(
    Array.from({ length: 15_000 }, (_, index) => index),
    (index) => index === 0 ? "rare" : "other",
  );
  const first = await rig.slice({ subject: "rare" });
  assert.deepEqual([first.rows, first.lookedTo], [[], { at: 5_000, id: 5_001 }]);
  const second = await rig.slice({ subject: "rare", before: first.lookedTo! });
  assert.deepEqual([second.rows.map(({ at }) => at), second.lookedTo], [[0], null]);
});

Deno.test("auditRow() is a row of the audit's table", () => {
  const { tables, write, args } = auditRow({ at: 7, ...DEED });
  assert.deepEqual([tables, write, args], ["audit", "done", { at: 7, ...DEED }]);
});
