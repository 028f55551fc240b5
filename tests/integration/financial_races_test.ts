import assert from "node:assert/strict";
import { registry } from "../../actors/mod.ts";
import { entriesText } from "../../actors/financial_sync/entry_writes.ts";
import type { LedgerEntry } from "../../actors/financial_sync/ledger_entry.ts";
import { financialTables } from "../../actors/financial_sync/tables.ts";
import { openClient } from "../../runtime/store/postgres/connection.ts";
import { postgresCompiler } from "../../runtime/store/postgres/dialect.ts";
import { bindRows, compileStatement } from "../../runtime/store/statements.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";

const { writes } = financialTables;
const WRITES = [writes.touched, writes.counted, writes.booked].map((write) =>
  compileStatement(postgresCompiler<unknown>(), write.build as never)
);

type Client = Awaited<ReturnType<typeof openClient>>;

/** As a job that takes over a page, in a commit that its caller begins and ends. */
async function take(client: Client, entries: readonly LedgerEntry[]): Promise<void> {
  const args = { tenant: "acme", entries: entriesText(entries), at: 1 };
  for (const statement of WRITES) await client.query(statement.sql, bindRows(statement, [args]) as unknown[]);
}

function entry(position: number): LedgerEntry {
  const more = { account: "4000-wash", currency: "EUR", bookedAt: "2026-01-05T06:00:00Z" };
  return { id: `e-${position}`, position, amount: 10 * position, ...more };
}

for (const [what, second] of Object.entries({ "the same page": [1, 2, 3], "one with some of the same": [3, 4] })) {
  Deno.test(`two nodes that take over ${what} at once count each entry once`, async () => {
    await using database = await migratedDatabase(registry);
    const open = () => openClient({ databaseUrl: database.url, purpose: "migration", node: "test" });
    const [one, other] = [await open(), await open()];
    // The total of the day is there already.
    await take(one, [entry(9)]);
    await one.query("begin");
    await take(one, [1, 2, 3].map(entry));
    await other.query("begin");
    const taking = take(other, second.map(entry));
    await waiting(database);
    await one.query("commit");
    await taking;
    await other.query("commit");
    for (const client of [one, other]) await client.end();
    const [total] = await database.query<{ entries: number; amount: number }>(
      "select entries, amount from daily_totals",
    );
    const [sum] = await database.query<{ entries: number; amount: number }>(
      "select count(*) as entries, cast(sum(amount) as bigint) as amount from transactions",
    );
    assert.deepEqual({ ...total }, { ...sum });
    assert.equal(sum!.entries, new Set([9, 1, 2, 3, ...second]).size);
  });
}

/** Resolves when a statement waits for a lock. */
async function waiting({ query }: Awaited<ReturnType<typeof migratedDatabase>>): Promise<void> {
  for (;;) {
    const [row] = await query<{ many: number }>(
      "select count(*) as many from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (row!.many > 0) return;
  }
}
