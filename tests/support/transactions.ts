import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SimulatedEntry, SimulatedTotal } from "../../actors/financial_sync/simulator/contract.ts";

/** A tenant's transactions from the server's file, dead or alive, as the simulator's oracle has them. */
export function transactionsIn(server: { readonly dataDir: string }, tenant: string): SimulatedEntry[] {
  using db = open(server);
  return transactionRows(db, tenant);
}

export function transactionRows(db: DatabaseSync, tenant: string): SimulatedEntry[] {
  return db.prepare(
    `select id, position, account, amount, currency, booked_at as "bookedAt" from transactions where tenant = ?
     order by position`,
  ).all(tenant).map((row) =>
    ({ ...row, bookedAt: new Date(Number(row["bookedAt"])).toISOString() }) as unknown as SimulatedEntry
  );
}

type ComparedTotal = SimulatedTotal & { readonly status: string };

/** What they come to, as the simulator says it, and whether that was compared. */
export function totalsIn(server: { readonly dataDir: string }, tenant: string): ComparedTotal[] {
  using db = open(server);
  return totalRows(db, tenant);
}

export function totalRows(db: DatabaseSync, tenant: string): ComparedTotal[] {
  return db.prepare(
    "select day, currency, entries, amount, status from daily_totals where tenant = ? order by day, currency",
  ).all(tenant).map((row) => ({ ...row }) as unknown as ComparedTotal);
}

function open({ dataDir }: { readonly dataDir: string }): DatabaseSync {
  return new DatabaseSync(join(dataDir, "mailroom.db"), { readOnly: true, timeout: 5_000 });
}
