import type { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import type { LedgerSimulator, SimulatedEntry } from "../../actors/financial_sync/simulator/contract.ts";
import { totalRows, transactionRows } from "../support/transactions.ts";
import type { Findings } from "./torture_campaign.ts";

/** A tenant whose ledger is read under attack. */
export interface Synced {
  readonly tenant: string;
  readonly ledger: LedgerSimulator;
  /** Of how many days and currencies the ledger tells entries that are not what its control totals say. */
  readonly misstated: number;
  /** Ids of those among these entries that it does not tell at all. */
  readonly leftOut: ReadonlySet<string>;
}

interface Page {
  readonly entries: readonly { readonly id: string; readonly position: number }[];
}

/** Of a server that was killed: what its file says must be true at once. */
export function judgeKilled(
  db: DatabaseSync,
  { tenant, ledger, misstated, leftOut }: Synced,
  findings: Findings,
): void {
  const cursor = cursorOf(db, tenant);
  const rows = transactionRows(db, tenant);
  const known = new Set(rows.map(({ id }) => id));
  for (const { entries } of waitingPages(db, tenant)) for (const { id } of entries) known.add(id);
  findings.expectAll(
    "the cursor is never ahead of an entry that is neither queued nor taken over",
    ledger.oracle(tenant, cursor),
    ({ id }) => known.has(id) || leftOut.has(id),
  );
  findings.expectAll(
    "nothing behind the cursor is queued",
    [...known],
    behind(ledger.oracle(tenant, cursor), misstated),
  );
  if (misstated === 0) expectAsTold(rows, { tenant, ledger, findings });
  findings.expect(
    "daily totals are the sums of the transactions",
    isDeepStrictEqual(figuresOf(totalRows(db, tenant)), sumsOf(rows)),
    () => tenant,
  );
}

/** Of a ledger that was read to its end, and that tells the truth by now. */
export function judgeFinished(db: DatabaseSync, { tenant, ledger, misstated }: Synced, findings: Findings): void {
  const rows = transactionRows(db, tenant);
  expectAsTold(rows, { tenant, ledger, findings });
  const all = ledger.oracle(tenant);
  findings.expect("every entry is there", rows.length === all.length, () => `${tenant}: ${rows.length}, ${all.length}`);
  findings.expectAll(
    "every day is what the ledger says, and known to be",
    ledger.totals(tenant),
    (total) => totalRows(db, tenant).some((own) => isDeepStrictEqual(own, { ...total, status: "matched" })),
  );
  const told = (type: string) =>
    db.prepare("select data from events where tenant = ? and type = ?").all(tenant, type).map(({ data }) => {
      const { day, currency } = JSON.parse(String(data));
      return `${day} ${currency}`;
    });
  const mismatches = told("financial-sync.mismatch");
  findings.expect(
    "each day that does not match is told once",
    mismatches.length === misstated && new Set(mismatches).size === misstated,
    () => `${tenant}: ${mismatches}`,
  );
  const mended = told("financial-sync.mended");
  findings.expect("and once when it is mended", mended.length === misstated, () => `${tenant}: ${mended}`);
  const queued = pagesOf(db, tenant).flatMap(({ entries }) => entries);
  // Days that do not match are read again.
  if (misstated === 0) {
    findings.expect("no entry is queued twice", queued.length === all.length, () => `${tenant}: ${queued.length}`);
  }
  const failed = count(db, "select count(*) as many from jobs where tenant = ? and status <> 'succeeded'", tenant);
  findings.expect("every page is taken over", failed === 0, () => `${tenant}: ${failed}`);
  const open = count(db, "select count(*) as many from batches where tenant = ? and done_told = 0", tenant);
  findings.expect("the end of every batch is told", open === 0, () => `${tenant}: ${open}`);
}

/** Whether all is read, taken over and compared. */
export function isRead(db: DatabaseSync, { tenant, ledger }: Synced): boolean {
  return cursorOf(db, tenant) === ledger.lastPosition(tenant) &&
    count(db, "select count(*) as many from messages where tenant = ?", tenant) === 0 &&
    count(db, "select count(*) as many from daily_totals where tenant = ? and status <> 'matched'", tenant) === 0;
}

export function cursorOf(db: DatabaseSync, tenant: string): number {
  const row = db.prepare("select state from actors where tenant = ? and kind = 'financial-sync'").get(tenant);
  const state = row?.["state"] ?? null;
  return state === null ? 0 : JSON.parse(String(state)).cursor;
}

function behind(queued: readonly SimulatedEntry[], misstated: number): (id: string) => boolean {
  const ids = new Set(queued.map(({ id }) => id));
  // Of a day that is read again there may be entries that the cursor has not come to.
  return (id) => misstated > 0 || ids.has(id);
}

function expectAsTold(
  rows: readonly SimulatedEntry[],
  { tenant, ledger, findings }: { tenant: string; ledger: LedgerSimulator; findings: Findings },
): void {
  const byId = new Map(ledger.oracle(tenant).map((entry) => [entry.id, entry]));
  findings.expectAll(
    "a transaction is what the ledger has, to the last digit",
    rows,
    (row) => isDeepStrictEqual(row, byId.get(row.id)),
  );
}

type Figures = readonly [day: string, currency: string, entries: number, amount: number];

function figuresOf(totals: ReturnType<typeof totalRows>): Figures[] {
  return totals.filter(({ entries, amount }) => entries !== 0 || amount !== 0)
    .map(({ day, currency, entries, amount }) => [day, currency, entries, amount]);
}

function sumsOf(rows: readonly SimulatedEntry[]): Figures[] {
  const byTotal = Map.groupBy(rows, ({ bookedAt, currency }) => `${bookedAt.slice(0, 10)} ${currency}`);
  return [...byTotal].sort(([one], [other]) => one < other ? -1 : 1).map(([total, of]) => {
    const [day, currency] = total.split(" ") as [string, string];
    return [day, currency, of.length, of.reduce((sum, { amount }) => sum + amount, 0)];
  });
}

function pagesOf(db: DatabaseSync, tenant: string): Page[] {
  return db.prepare("select payload from jobs where tenant = ? and type = 'ledger-page'").all(tenant)
    .map(({ payload }) => JSON.parse(String(payload)));
}

function waitingPages(db: DatabaseSync, tenant: string): Page[] {
  return db.prepare("select payload from messages where tenant = ? and kind = 'ledger-page'").all(tenant)
    .map(({ payload }) => JSON.parse(String(payload)));
}

function count(db: DatabaseSync, sql: string, tenant: string): number {
  return Number(db.prepare(sql).get(tenant)!["many"]);
}
