import assert from "node:assert/strict";
import { financialSync } from "../../actors/financial_sync/financial_sync.ts";
import type { LedgerEntry } from "../../actors/financial_sync/ledger_entry.ts";
import { ledgerPage } from "../../actors/financial_sync/ledger_page.ts";
import { initialSync } from "../../actors/financial_sync/messages.ts";
import { RuntimeError, testActor } from "../../runtime/authoring.ts";

const NOON = 1_000_000;
/** Nothing waits, and no day is known. */
const idle = testActor(financialSync).at(NOON).answering({ waiting: () => 0, days: () => [] });
const page = (lastPosition: number, ...positions: number[]) => ({
  body: { entries: positions.map(entry), lastPosition },
});

function entry(position: number): LedgerEntry {
  const more = { account: "4000-wash", currency: "EUR", bookedAt: "2026-01-05T06:00:00Z" };
  return { id: `e-${position}`, position, amount: 10 * position, ...more };
}

Deno.test("a sync asks for what follows its cursor, and moves it with each page that it queues", async () => {
  const asked: string[] = [];
  const pages = [page(9, 4, 6), page(9, 7, 9)];
  const turn = await idle.given({ ...initialSync, cursor: 3 }).answeringFetch(({ url }) => {
    asked.push(url);
    return pages[asked.length - 1]!;
  }).when("sync", { limit: 2 });
  assert.deepEqual(asked, ["/entries?tenant=test&after=3&limit=2", "/entries?tenant=test&after=6&limit=2"]);
  assert.deepEqual(
    turn.spawned.map(({ kind, payloads, onAllDone }) => [kind, payloads, onAllDone]),
    [[4, 6], [7, 9]].map((positions) => ["ledger-page", [{ entries: positions.map(entry) }], "pagesEnded"]),
  );
  assert.deepEqual([turn.state.cursor, turn.state.pages, turn.state.entries, turn.state.syncedAt], [9, 2, 4, NOON]);
  assert.deepEqual(turn.sends, [], "its batch's end will compare");
});

Deno.test("a page is taken in the order of its positions, each once, and nothing that is behind the cursor", async () => {
  const turn = await idle.given({ ...initialSync, cursor: 5 }).answeringFetch(() => page(8, 8, 4, 6, 6, 5))
    .when("sync", { limit: 9 });
  assert.deepEqual(turn.spawned.map(({ payloads }) => payloads), [[{ entries: [entry(6), entry(8)] }]]);
});

Deno.test("a sync that finds nothing new compares at once", async () => {
  const turn = await idle.given({ ...initialSync, cursor: 5 }).answeringFetch(() => page(5)).when("sync", { limit: 9 });
  assert.deepEqual([turn.spawned, turn.sends.map(({ name }) => name)], [[], ["reconcile"]]);
});

const BAD = {
  "holds nothing new although there is more": page(9, 4, 5),
  "is empty although there is more": page(9),
  "has an amount that is no whole number": { body: { entries: [{ ...entry(6), amount: 0.5 }], lastPosition: 6 } },
  "has an entry without a day": { body: { entries: [{ ...entry(6), bookedAt: "soon" }], lastPosition: 6 } },
  "is cut": { body: '{"entries":[' },
  "is no page": { body: "<!doctype html>" },
  "is a failure": { status: 500 },
};

for (const [what, answer] of Object.entries(BAD)) {
  Deno.test(`a page that ${what} moves nothing, says why, and is asked for again`, async () => {
    const turn = await idle.given({ ...initialSync, cursor: 5 }).answeringFetch(() => answer).when("sync", {
      limit: 9,
    });
    assert.deepEqual([turn.end, turn.spawned, turn.state.cursor, turn.state.failures], ["done", [], 5, 1]);
    assert.ok(turn.state.lastError !== null && turn.state.failedAt === NOON);
    const [retry] = turn.sends;
    assert.deepEqual([turn.sends.length, retry!.name, retry!.payload], [1, "sync", { limit: 9 }]);
    assert.equal(turn.state.retryAt, NOON + retry!.options.delayMs!);
  });
}

Deno.test("a sync that fails waits as long as the ledger asks, has one retry at a time, and gives up after fifteen", async () => {
  const limited = idle.answeringFetch(() => {
    throw new RuntimeError("upstream-limited", "Not now", { retryAfterMs: 90_000 });
  });
  const failing = { ...initialSync, failures: 2 };
  const delays = async (state: typeof failing) =>
    (await limited.given(state).when("sync", { limit: 9 })).sends.map(({ options }) => options.delayMs);
  assert.deepEqual(await delays(failing), [90_000]);
  assert.deepEqual(await delays({ ...failing, retryAt: NOON + 1 }), []);
  assert.deepEqual(await delays({ ...failing, retryAt: NOON }), [90_000]);
  assert.deepEqual(await delays({ ...failing, failures: 15 }), []);
});

Deno.test("a sync queues no more pages than are taken over soon", async () => {
  const turn = await idle.answering({ waiting: () => 64 }).answeringFetch(() => assert.fail("It asks for more"))
    .when("sync", { limit: 9 });
  assert.deepEqual(turn.sends.map(({ name, payload }) => [name, payload]), [["sync", { limit: 9 }]]);
});

Deno.test("nothing is compared while a page waits", async () => {
  const turn = await idle.answering({ waiting: () => 1 }).answeringFetch(() => assert.fail("It asks")).when(
    "reconcile",
    {},
  );
  assert.deepEqual([turn.rows, turn.state], [[], initialSync]);
});

Deno.test("a day is compared up to the cursor, in each currency that either side has", async () => {
  const row = {
    tenant: "test",
    day: "2026-01-05",
    checkedAt: null,
    updatedAt: 1,
    controlEntries: null,
    controlAmount: null,
  };
  const known = [
    { ...row, currency: "EUR", entries: 2, amount: 30, status: "open" },
    { ...row, currency: "USD", entries: 1, amount: 5, status: "mismatched" },
  ];
  const asked: string[] = [];
  const turn = await idle.given({ ...initialSync, cursor: 7 })
    .answering({ days: ({ after }: { after: string }) => after === "" ? [row.day] : [], totalsOf: () => known })
    .answeringFetch(({ url }) => {
      asked.push(url);
      const totals = [{ currency: "EUR", entries: 2, amount: 30 }, { currency: "CHF", entries: 1, amount: 8 }];
      return { body: { day: row.day, totals } };
    }).when("reconcile", {});
  assert.deepEqual(asked, ["/control-totals?tenant=test&day=2026-01-05&through=7"]);
  assert.deepEqual(
    turn.rows.map(({ args }) => [args["currency"], args["status"], args["amount"], args["controlAmount"]]),
    [["EUR", "matched", 30, 30], ["USD", "mismatched", 5, 0], ["CHF", "mismatched", 0, 8]],
  );
  // That of the dollars was told before.
  assert.deepEqual(turn.events.map(({ type, data }) => [type, (data as { currency: string }).currency]), [
    ["financial-sync.mismatch", "CHF"],
  ]);
  assert.equal(turn.state.reconciledAt, NOON);
});

Deno.test("a page's entries are written with what they change of the totals, which is held first", async () => {
  const { rows, result } = await testActor(ledgerPage).when("run", { entries: [entry(3), entry(9)] });
  assert.deepEqual(rows.map(({ write }) => write), ["touched", "counted", "booked"]);
  assert.deepEqual(JSON.parse(String(rows[2]!.args["entries"])).map(([id]: [string]) => id), ["e-3", "e-9"]);
  assert.deepEqual(result, { entries: 2, from: 3, to: 9 });
});
