import { type Kysely, type RawBuilder, sql } from "kysely";
import { type BoundWrite, type Declare, engineOf } from "../authoring.ts";
import { entriesIn, type EntriesText } from "./entry_writes.ts";
import type { DailyTotalRow, FinancialDatabase } from "./rows.ts";

/** What the ledger said of a day's total, which was read as `entries` and `amount`. */
export type Checked =
  & Pick<DailyTotalRow, "day" | "currency" | "entries" | "amount" | "status">
  & { readonly controlEntries: number; readonly controlAmount: number; readonly at: number };

/** What is written of transactions and their totals. */
export type FinancialWrites = {
  readonly touched: BoundWrite<EntriesText>;
  readonly counted: BoundWrite<EntriesText>;
  readonly booked: BoundWrite<EntriesText>;
  readonly checked: BoundWrite<Checked>;
};

/**
 * A page is written by three of them, in this order and in one commit:
 * - `touched` makes the totals that are missing and holds all that the page concerns, until the commit is over: on Postgres two
 *   commits with entries of one day come one after the other from here on, so the next one sees what is there by now;
 * - `counted` adds to the totals what the page will change of the transactions: nothing for an entry that is there as it is;
 * - `booked` writes the transactions.
 * So totals are the sums of the transactions after each commit, however often a page comes and with whatever beside it.
 */
export function financialWrites({ write }: Declare<FinancialDatabase>): FinancialWrites {
  return {
    touched: write<EntriesText>((db, { tenant, entries, at }) =>
      db.insertInto("dailyTotals")
        .columns(["tenant", "day", "currency", "entries", "amount", "status", "updatedAt"])
        .expression(sql<never>`select ${text(db, tenant)}, day, currency, 0, 0, 'open', ${number(db, at)}
          from ${entriesIn(db, entries)} as page where true group by day, currency order by day, currency`)
        .onConflict((conflict) =>
          conflict.columns(["tenant", "day", "currency"])
            .doUpdateSet((eb) => ({ updatedAt: eb.ref("excluded.updatedAt") }))
        )
    ),
    counted: write<EntriesText>((db, { tenant, entries }) =>
      db.updateTable("dailyTotals")
        .from(changeOf(db, { tenant, entries }).as<"change">(sql`change`))
        .set((eb) => ({
          entries: sql<number>`${eb.ref("dailyTotals.entries")} + change.entries`,
          amount: sql<number>`${eb.ref("dailyTotals.amount")} + change.amount`,
          // What does not match stays so until the ledger was asked again.
          status: eb.case().when("dailyTotals.status", "=", "matched").then("open" as const)
            .else(eb.ref("dailyTotals.status")).end(),
        }))
        .where("dailyTotals.tenant", "=", tenant)
        .where(sql<boolean>`daily_totals.day = change.day and daily_totals.currency = change.currency`)
    ),
    booked: write<EntriesText>((db, { tenant, entries, at }) =>
      db.insertInto("transactions")
        .columns(["tenant", "id", "position", "account", "amount", "currency", "bookedAt", "day", "updatedAt"])
        .expression(sql<never>`select ${text(db, tenant)}, id, position, account, amount, currency, booked_at, day,
          ${number(db, at)} from ${entriesIn(db, entries)} as page where true order by id`)
        .onConflict((conflict) =>
          conflict.columns(["tenant", "id"]).doUpdateSet((eb) => ({
            position: eb.ref("excluded.position"),
            account: eb.ref("excluded.account"),
            amount: eb.ref("excluded.amount"),
            currency: eb.ref("excluded.currency"),
            bookedAt: eb.ref("excluded.bookedAt"),
            day: eb.ref("excluded.day"),
            updatedAt: eb.ref("excluded.updatedAt"),
          })).where(sql<boolean>`(transactions.position, transactions.account, transactions.amount,
            transactions.currency, transactions.booked_at) <> (excluded.position, excluded.account, excluded.amount,
            excluded.currency, excluded.booked_at)`)
        )
    ),
    /** Refused as `conflict` where the total is not any more what was compared. */
    checked: write<Checked>(
      (db, { tenant, day, currency, entries, amount, status, controlEntries, controlAmount, at }) =>
        db.insertInto("dailyTotals").values({
          ...{ tenant, day, currency, entries, amount, status, controlEntries, controlAmount },
          checkedAt: at,
          updatedAt: at,
        }).onConflict((conflict) =>
          conflict.columns(["tenant", "day", "currency"]).doUpdateSet((eb) => ({
            status: eb.ref("excluded.status"),
            controlEntries: eb.ref("excluded.controlEntries"),
            controlAmount: eb.ref("excluded.controlAmount"),
            checkedAt: eb.ref("excluded.checkedAt"),
            updatedAt: eb.ref("excluded.updatedAt"),
          })).whereRef("dailyTotals.entries", "=", sql.ref("excluded.entries"))
            .whereRef("dailyTotals.amount", "=", sql.ref("excluded.amount"))
        ),
      { whenUnchanged: "conflict" },
    ),
  };
}

/** By day and currency: what there will be, less what there is of the same entries. */
function changeOf(
  db: Kysely<FinancialDatabase>,
  { tenant, entries }: { readonly tenant: string; readonly entries: string },
): RawBuilder<unknown> {
  const page = entriesIn(db, entries);
  const big = (value: string) => sql.raw(engineOf(db) === "postgres" ? `cast(${value} as bigint)` : value);
  return sql`(select day, currency, ${big("sum(entries)")} as entries, ${big("sum(amount)")} as amount from (
      select day, currency, 1 as entries, amount from ${page} as page
      union all
      select known.day, known.currency, -1, -known.amount from transactions as known
      where known.tenant = ${tenant} and known.id in (select id from ${page} as page)
    ) as changes group by day, currency having sum(entries) <> 0 or sum(amount) <> 0)`;
}

/** Postgres cannot tell the type of a value in a list of a select by itself. */
function text(db: Kysely<FinancialDatabase>, value: string): RawBuilder<unknown> {
  return engineOf(db) === "postgres" ? sql`cast(${value} as text)` : sql`${value}`;
}

function number(db: Kysely<FinancialDatabase>, value: number): RawBuilder<unknown> {
  return engineOf(db) === "postgres" ? sql`cast(${value} as bigint)` : sql`${value}`;
}
