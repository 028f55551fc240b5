import assert from "node:assert/strict";
import type { LedgerFaults, SimulatedTotal } from "../../actors/financial_sync/simulator/contract.ts";
import { openLedgerSimulator } from "../../actors/financial_sync/simulator/simulator.ts";
import { openFinancialNode } from "../support/financial_node.ts";
import { ENGINES, TENANT } from "../support/parcel_node.ts";

const FAULTS: LedgerFaults = {
  ...{ serverError: 40, limited: 10, reset: 30, truncated: 40, html: 30, repeated: 40, empty: 30, reordered: 100 },
};
const matched = (totals: readonly SimulatedTotal[]) => totals.map((total) => ({ ...total, status: "matched" }));

for (const engine of ENGINES) {
  Deno.test(`S0-22 a sync takes over each entry once, page by page, and its totals are the ledger's, on ${engine}`, async () => {
    await using ledger = await openLedgerSimulator({ seed: 4, entries: 2_000, released: 1_500 });
    await using node = await openFinancialNode(engine, ledger.url);
    await node.sync(100);
    await node.untilSynced(ledger);
    assert.deepEqual(await node.transactions(), ledger.oracle(TENANT, ledger.lastPosition(TENANT)));
    assert.deepEqual(await node.totals(), matched(ledger.totals(TENANT, ledger.lastPosition(TENANT))));
    const { pages, entries, failures } = await node.state();
    assert.deepEqual([pages, entries, failures], [15, 1_500, 0]);

    const asked = ledger.requests.length;
    ledger.release();
    await node.restart();
    await node.sync(100);
    await node.untilSynced(ledger);
    const after = ledger.requests.slice(asked).flatMap(({ after }) => after ?? []);
    assert.ok(after.every((position) => position >= ledger.oracle(TENANT)[1_499]!.position), "it goes on where it was");
    assert.deepEqual(await node.transactions(), ledger.oracle(TENANT));
    assert.deepEqual(await node.totals(), matched(ledger.totals(TENANT)));
    assert.equal((await node.state()).entries, 2_000);
  });

  Deno.test(`S0-22 whatever the ledger does, transactions are what it has, and nothing is queued twice, on ${engine}`, async () => {
    await using ledger = await openLedgerSimulator({ seed: 5, entries: 900, faults: FAULTS });
    await using node = await openFinancialNode(engine, ledger.url);
    await node.sync(60);
    await node.sync(60, "beta");
    for (const tenant of [TENANT, "beta"]) {
      await node.until(async () => (await node.state(tenant)).cursor === ledger.lastPosition(tenant));
    }
    ledger.setFaults({});
    for (const tenant of [TENANT, "beta"]) {
      await node.sync(60, tenant);
      await node.untilSynced(ledger, tenant);
      assert.deepEqual(await node.transactions(tenant), ledger.oracle(tenant));
      assert.deepEqual(await node.totals(tenant), matched(ledger.totals(tenant)));
      assert.equal((await node.state(tenant)).entries, 900, "each entry is queued once");
    }
    assert.ok(ledger.requests.filter(({ fault }) => fault !== null).length > 5, "it was tried");
    // A call of the other tenant may be under way when the answer comes; the one after it is not.
    assert.deepEqual(ledger.early.filter(({ tenant, askedTenant }) => tenant === askedTenant), []);
    assert.equal(new Set(ledger.early.map(({ askedAt }) => askedAt)).size, ledger.early.length);
  });

  Deno.test(`a day that does not match is told once, and again when it is mended, on ${engine}`, async () => {
    await using ledger = await openLedgerSimulator({ seed: 6, entries: 300, days: 5 });
    await using node = await openFinancialNode(engine, ledger.url);
    const [altered, left] = [ledger.oracle(TENANT)[70]!, ledger.oracle(TENANT)[250]!];
    ledger.misstate(TENANT, altered.position, altered.amount + 1);
    ledger.misstate(TENANT, left.position, null);
    await node.sync(50);
    await node.until(async () => (await node.told("financial-sync.mismatch")).length === 2);
    await node.sync(50);
    await node.until(async () => (await node.state()).pages > 6 && (await node.state()).reconciledAt !== null);
    const told = (await node.told("financial-sync.mismatch")).map(({ data }) => JSON.parse(data));
    const wrong = ledger.totals(TENANT).filter(({ day, currency }) =>
      [altered, left].some((entry) => entry.bookedAt.startsWith(day) && entry.currency === currency)
    );
    assert.deepEqual(
      told,
      wrong.map(({ day, currency, entries, amount }) => ({
        ...{ day, currency, controlEntries: entries, controlAmount: amount },
        entries: left.bookedAt.startsWith(day) ? entries - 1 : entries,
        amount: left.bookedAt.startsWith(day) ? amount - left.amount : amount + 1,
      })),
    );
    ledger.mend();
    await node.sync(50);
    await node.until(async () => (await node.told("financial-sync.mended")).length === 2);
    assert.deepEqual(await node.transactions(), ledger.oracle(TENANT));
    assert.deepEqual(await node.totals(), matched(ledger.totals(TENANT)));
    assert.equal((await node.told("financial-sync.mismatch")).length, 2);
  });
}
