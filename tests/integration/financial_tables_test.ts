import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { registry } from "../../actors/mod.ts";
import { entriesText } from "../../actors/financial_sync/entry_writes.ts";
import type { LedgerEntry } from "../../actors/financial_sync/ledger_entry.ts";
import { financialTables } from "../../actors/financial_sync/tables.ts";
import { type Engine, twoEngines } from "../support/two_engines.ts";

const { writes, queries } = financialTables;
const TENANT = "acme";

function entryOf(position: number, more: Partial<LedgerEntry> = {}): LedgerEntry {
  const id = `e-${position}`;
  return {
    id,
    position,
    account: "4000-wash",
    amount: 100,
    currency: "EUR",
    bookedAt: "2026-01-05T06:00:00Z",
    ...more,
  };
}

async function take(engine: Engine, entries: readonly LedgerEntry[], { tenant = TENANT, at = 1 } = {}): Promise<void> {
  const rows = [{ tenant, entries: entriesText(entries), at }];
  for (const write of [writes.touched, writes.counted, writes.booked]) await engine.write(write as never, rows);
}

function totals(engine: Engine, tenant = TENANT): Promise<readonly Record<string, unknown>[]> {
  return engine.ask(queries.totals as never, { tenant, limit: 100 });
}

/** What the transactions come to, by plain SQL. */
async function sums(engine: Engine): Promise<unknown[]> {
  const rows = await engine.run(
    `select tenant, day, currency, count(*) as entries, sum(amount) as amount from transactions
     group by tenant, day, currency order by tenant, day, currency`,
  );
  return rows.map((row) => [row["tenant"], row["day"], row["currency"], Number(row["entries"]), Number(row["amount"])]);
}

/** Those that come to something. */
async function kept(engine: Engine): Promise<unknown[]> {
  const rows = await engine.run(
    "select * from daily_totals where entries <> 0 or amount <> 0 order by tenant, day, currency",
  );
  return rows.map((row) => [row["tenant"], row["day"], row["currency"], Number(row["entries"]), Number(row["amount"])]);
}

async function onBoth(check: (engine: Engine) => Promise<void>): Promise<void> {
  await using both = await twoEngines(registry);
  for (const engine of both.engines) await check(engine);
}

Deno.test("daily totals are the sums of the transactions, in whatever pages and however often these come, on both engines", () =>
  onBoth(async (engine) => {
    const some = <T>(...values: T[]) => fc.constantFrom(...values);
    const entry = fc.record({
      position: fc.integer({ min: 1, max: 30 }),
      amount: fc.integer({ min: -1_000, max: 1_000 }),
      currency: some("EUR", "CHF"),
      bookedAt: some("2026-01-05T23:59:59.999Z", "2026-01-06T00:00:00Z", "2026-01-07T12:00:00Z"),
    });
    const page = fc.tuple(some(TENANT, "beta"), fc.array(entry, { minLength: 1, maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 6 }), async (pages) => {
        await engine.run("delete from transactions");
        await engine.run("delete from daily_totals");
        for (const [tenant, entries] of pages) {
          await take(engine, entries.map(({ position, ...more }) => entryOf(position, more)), { tenant });
          assert.deepEqual(await kept(engine), await sums(engine));
        }
      }),
      { numRuns: 40 },
    );
  }));

Deno.test("a page that comes again changes neither transactions nor totals, on both engines", () =>
  onBoth(async (engine) => {
    const entries = [entryOf(1), entryOf(2, { amount: -30 }), entryOf(3, { bookedAt: "2026-01-06T00:00:00Z" })];
    await take(engine, entries, { at: 5 });
    const before = await engine.ask(queries.transactions as never, { tenant: TENANT, limit: 10 });
    await engine.run("update daily_totals set status = 'matched'");
    await take(engine, entries, { at: 9 });
    assert.deepEqual(await engine.ask(queries.transactions as never, { tenant: TENANT, limit: 10 }), before);
    assert.deepEqual(
      (await totals(engine)).map(({ day, entries, amount, status }) => [day, entries, amount, status]),
      [["2026-01-06", 1, 100, "matched"], ["2026-01-05", 2, 70, "matched"]],
    );
    await take(engine, [entryOf(2, { amount: -40 })], { at: 12 });
    assert.deepEqual(
      (await totals(engine)).map(({ day, amount, status }) => [day, amount, status]),
      [["2026-01-06", 100, "matched"], ["2026-01-05", 60, "open"]],
    );
  }));

Deno.test("a total is compared as it was read, and one that does not match stays so until it is compared again, on both engines", () =>
  onBoth(async (engine) => {
    await take(engine, [entryOf(1)]);
    const day = "2026-01-05";
    const check = (more: object) =>
      engine.write(writes.checked as never, [{
        ...{ tenant: TENANT, day, currency: "EUR", entries: 1, amount: 100, status: "matched" },
        ...{ controlEntries: 1, controlAmount: 100, at: 7, ...more },
      }]);
    const unmatched = () => engine.ask(queries.unmatched as never, { tenant: TENANT });
    const days = (isMismatched: boolean) =>
      engine.ask(queries.days as never, { tenant: TENANT, isMismatched, after: "", limit: 9 });
    assert.deepEqual([await unmatched(), await days(false)], [{ open: 1, mismatched: 0 }, [day]]);
    assert.equal(await check({ amount: 99 }), 0, "another page came meanwhile");
    assert.equal(await check({ status: "mismatched", controlAmount: 90 }), 1);
    await take(engine, [entryOf(2)]);
    assert.deepEqual([await unmatched(), await days(true)], [{ open: 0, mismatched: 1 }, [day]]);
    assert.deepEqual(await engine.ask(queries.mismatches as never, { tenant: "system" }), { days: 1, tenants: 1 });
    assert.equal(await check({ entries: 2, amount: 200, controlEntries: 2, controlAmount: 200 }), 1);
    assert.deepEqual([await unmatched(), await days(false)], [{ open: 0, mismatched: 0 }, []]);
    assert.equal(await check({ currency: "CHF", entries: 0, amount: 0, status: "mismatched", controlAmount: 5 }), 1);
    const [eur, chf] = await engine.ask(queries.totalsOf as never, { tenant: TENANT, day }) as [
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    assert.deepEqual([chf["currency"], chf["entries"], eur["currency"], eur["entries"]], ["EUR", 2, "CHF", 0]);
  }));

Deno.test("transactions are listed by day and account, page by page, as a plain look finds them, on both engines", () =>
  onBoth(async (engine) => {
    const all = Array.from({ length: 40 }, (_, index) =>
      entryOf(index + 1, {
        account: ["a", "b", "c"][index % 3]!,
        bookedAt: `2026-01-0${5 + Math.floor(index / 15)}T06:00:00Z`,
      }));
    await take(engine, all);
    await take(engine, [entryOf(7)], { tenant: "beta" });
    for (const day of [undefined, "2026-01-06"]) {
      for (const account of [undefined, "b", "none"]) {
        const wanted = all.filter((entry) =>
          (day === undefined || entry.bookedAt.startsWith(day)) && (account === undefined || entry.account === account)
        ).map(({ id }) => id);
        const found: { readonly id: string; readonly position: number }[] = [];
        for (let isLast = false; !isLast;) {
          const last = found.at(-1);
          const page: typeof found = await engine.ask(queries.transactions as never, {
            ...{ tenant: TENANT, day, account, limit: 4 },
            ...(last === undefined ? {} : { after: { position: last.position, id: last.id } }),
          });
          found.push(...page);
          isLast = page.length < 4;
        }
        assert.deepEqual(found.map(({ id }) => id), wanted, `${day} ${account}`);
      }
    }
  }));
