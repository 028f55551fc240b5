import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { LedgerSimulator } from "../../actors/financial_sync/simulator/contract.ts";
import { openLedgerSimulator } from "../../actors/financial_sync/simulator/simulator.ts";
import { type Api, apiOf, rowsOf, until } from "../support/api.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { totalsIn, transactionsIn } from "../support/transactions.ts";

const TENANT = "demo";
const FIRST = 700;

Deno.test("a tenant's transactions are kept as its ledger has them", async (t) => {
  await using ledger = await openLedgerSimulator({ seed: 81, entries: 1_200, days: 6, released: FIRST });
  await using server = await startServer({ env: { LEDGER_BASE_URL: ledger.url } });
  const api = apiOf(server);

  await t.step("enabled, it reads the ledger at once, and again by its schedule [S0-21, S0-23, S0-24]", async () => {
    const response = await api.send("POST", "/api/financial-sync", { everyMs: 1_000, limit: 50 });
    assert.equal(response.status, 200, await response.clone().text());
    await response.body?.cancel();
    await untilTakenOver(server, ledger);
    ledger.release(250);
    await untilTakenOver(server, ledger);
    const { target, everyMs } = await get(api, "/api/schedules/financial-sync");
    assert.deepEqual([target.kind, target.key, target.message, everyMs], ["financial-sync", "main", "sync", 1_000]);
    const { items: ticks } = await get(api, "/api/schedules/financial-sync/ticks?limit=200");
    assert.ok(ticks.some(({ cause, status }: Record<string, string>) => cause === "due" && status === "sent"));
    // What a tick has sent is the message that the tenant's actor made the batch of its pages with.
    const sent = new Set(ticks.map(({ messageId }: Record<string, string>) => messageId));
    const batches = rowsOf(server, "select id, total, succeeded from batches where tenant = ?", TENANT);
    assert.ok(batches.length >= 2 && batches.every(({ total, succeeded }) => total === succeeded));
    assert.deepEqual(batches.filter(({ id }) => !sent.has(String(id).split(".")[0]!)), []);
  });

  await t.step("each page is one job, queued in the commit that moves the cursor behind it [S0-22]", async () => {
    const sync = await get(api, "/api/financial-sync");
    const { items: jobs } = await get(api, "/api/jobs?type=ledger-page&limit=200");
    assert.ok(jobs.every(({ status }: Record<string, string>) => status === "succeeded"));
    assert.deepEqual([sync.entries, sync.pages, sync.waiting], [FIRST + 250, jobs.length, 0]);
    const [actor] = rowsOf(server, "select state from actors where tenant = ? and kind = 'financial-sync'", TENANT);
    assert.equal(JSON.parse(String(actor!["state"])).cursor, ledger.lastPosition(TENANT));
    assert.equal(sync.cursor, ledger.lastPosition(TENANT));
    const asked = ledger.requests.length;
    await server.restart();
    ledger.release(50);
    await untilTakenOver(server, ledger);
    const positions = ledger.requests.slice(asked).flatMap(({ after }) => after ?? []);
    assert.ok(positions.length > 0 && positions.every((after) => after >= sync.cursor), "it goes on from its cursor");
  });

  await t.step(
    "a day that is not what the ledger says is told, and fails the health check until it is mended",
    async () => {
      const wrong = ledger.oracle(TENANT)[1_010]!;
      ledger.misstate(TENANT, wrong.position, wrong.amount + 5);
      const told = api.eventsSince(0, ({ type }) => type === "financial-sync.mismatch");
      ledger.release();
      const { data } = (await told).at(-1)!;
      assert.deepEqual([data.day, data.currency], [wrong.bookedAt.slice(0, 10), wrong.currency]);
      assert.equal(data.amount - data.controlAmount, 5);
      const { status, detail } = await untilCheck(api, "failed");
      assert.deepEqual([status, detail], ["failed", "1 days of 1 tenants are not what the ledger says"]);
      const { items } = await get(api, "/api/transactions/totals?status=mismatched");
      assert.deepEqual(
        items.map(({ day, amount, controlAmount }: Record<string, unknown>) => [day, amount, controlAmount]),
        [
          [data.day, data.amount, data.controlAmount],
        ],
      );
      ledger.mend();
      await (await api.send("POST", "/api/financial-sync/sync")).body?.cancel();
      await untilCheck(api, "ok");
      await api.eventsSince(0, ({ type }) => type === "financial-sync.mended");
      await untilTakenOver(server, ledger);
    },
  );

  await t.step("I can list them by day and account, and none are of another tenant", async () => {
    const { bookedAt, account } = ledger.oracle(TENANT)[0]!;
    const day = bookedAt.slice(0, 10);
    const wanted = ledger.oracle(TENANT).filter((entry) => entry.bookedAt.startsWith(day) && entry.account === account);
    const { items } = await get(api, `/api/transactions?day=${day}&account=${account}&limit=200`);
    assert.deepEqual(items, wanted.map((entry) => ({ ...entry, day })));
    assert.deepEqual((await get(apiOf(server, { tenant: "beta" }), "/api/transactions")).items, []);
  });

  await t.step("disabled, its schedule is gone and its transactions stay", async () => {
    assert.equal((await api.send("DELETE", "/api/financial-sync")).status, 204);
    const gone = await api.send("GET", "/api/schedules/financial-sync");
    await gone.body?.cancel();
    assert.equal(gone.status, 404);
    const { enabled, nextAt } = await get(api, "/api/financial-sync");
    assert.deepEqual([enabled, nextAt], [false, null]);
    assert.equal(transactionsIn(server, TENANT).length, 1_200);
  });
});

/** Until what is here is what the ledger has now, to the last digit, and every total was compared. */
async function untilTakenOver(server: RunningServer, ledger: LedgerSimulator): Promise<void> {
  const upTo = ledger.lastPosition(TENANT);
  const wanted = ledger.totals(TENANT, upTo).map((total) => ({ ...total, status: "matched" }));
  await until(
    "the totals are the ledger's",
    () => Promise.resolve(isDeepStrictEqual(totalsIn(server, TENANT), wanted) || undefined),
  ).catch(() => assert.deepEqual(totalsIn(server, TENANT), wanted));
  assert.deepEqual(transactionsIn(server, TENANT), ledger.oracle(TENANT, upTo));
}

function untilCheck(api: Api, status: string): Promise<{ status: string; detail: string | null }> {
  return until(`the health check is ${status}`, async () => {
    const { checks } = await get(api, "/health");
    const [check] = checks.filter(({ name }: { name: string }) => name === "financial-sync");
    return check?.status === status ? check : undefined;
  });
}

// deno-lint-ignore no-explicit-any -- each path has an answer of its own
async function get(api: Api, path: string): Promise<any> {
  const response = await api.send("GET", path);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}
