import { type Kysely, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { type BoundQuery, type Declare, engineOf } from "../authoring.ts";
import type { DailyTotalRow, FinancialDatabase, TransactionRow } from "./rows.ts";

const PAGE_ROWS = 1_000;
/** Beyond it nobody needs to know how many they are. */
const MOST_COUNTED = 1_000;
const pageLimit = z.int().min(1).max(PAGE_ROWS);
const day = z.string();

/** In the order of the ledger's positions; `after` is where the page before ended. */
export interface TransactionsPage {
  readonly day?: string | undefined;
  readonly account?: string | undefined;
  readonly after?: Pick<TransactionRow, "position" | "id"> | undefined;
  readonly limit: number;
}

/** By day and currency, the latest day first; `after` is where the page before ended. */
export interface TotalsPage {
  readonly status?: DailyTotalRow["status"] | undefined;
  readonly after?: Pick<DailyTotalRow, "day" | "currency"> | undefined;
  readonly limit: number;
}

/** How many days, of how many tenants, do not match; 1,000 stands for more. */
export interface Mismatches {
  readonly days: number;
  readonly tenants: number;
}

/** Totals that are not compared yet, and those that do not match; 1,000 stands for more. */
export interface Unmatched {
  readonly open: number;
  readonly mismatched: number;
}

/** What can be read of transactions and their totals. */
export type FinancialQueries = {
  readonly transactions: BoundQuery<TransactionsPage, readonly TransactionRow[]>;
  readonly totals: BoundQuery<TotalsPage, readonly DailyTotalRow[]>;
  /** One for each currency. */
  readonly totalsOf: BoundQuery<{ day: string }, readonly DailyTotalRow[]>;
  /** Days that have a total of this status, in order, after this one. */
  readonly days: BoundQuery<{ isMismatched: boolean; after: string; limit: number }, readonly string[]>;
  /** Of a tenant. */
  readonly unmatched: BoundQuery<object, Unmatched>;
  /** Of all tenants. */
  readonly mismatches: BoundQuery<object, Mismatches>;
  /** Pages that are queued and not taken over yet, as far as `limit` counts. */
  readonly waiting: BoundQuery<{ limit: number }, number>;
};

export function financialQueries({ query }: Declare<FinancialDatabase>): FinancialQueries {
  return {
    transactions: query<TransactionsPage, readonly TransactionRow[]>(
      z.object({
        day: day.optional(),
        account: z.string().optional(),
        after: z.object({ position: z.int(), id: z.string() }).optional(),
        limit: pageLimit,
      }),
      transactions,
    ),
    totals: query<TotalsPage, readonly DailyTotalRow[]>(
      z.object({
        status: z.enum(["open", "matched", "mismatched"]).optional(),
        after: z.object({ day, currency: z.string() }).optional(),
        limit: pageLimit,
      }),
      async (db, { tenant, status, after, limit }) => {
        let rows = db.selectFrom("dailyTotals").selectAll().where("tenant", "=", tenant)
          .orderBy("day", "desc").orderBy("currency", "desc").limit(limit);
        if (after !== undefined) {
          rows = rows.where(({ eb, refTuple, tuple }) =>
            eb(refTuple("day", "currency"), "<", tuple(after.day, after.currency))
          );
        }
        return await (status === undefined ? rows : rows.where("status", "=", status)).execute();
      },
    ),
    totalsOf: query(
      z.object({ day }),
      async (db, { tenant, day }): Promise<readonly DailyTotalRow[]> =>
        await db.selectFrom("dailyTotals").selectAll().where("tenant", "=", tenant).where("day", "=", day)
          .orderBy("currency").execute(),
    ),
    days: query(
      z.object({ isMismatched: z.boolean(), after: day, limit: pageLimit }),
      async (db, { tenant, isMismatched, after, limit }): Promise<readonly string[]> => {
        const found = await db.selectFrom("dailyTotals").select("day").distinct().where("tenant", "=", tenant)
          .where(isMismatched ? sql<boolean>`status = 'mismatched'` : sql<boolean>`status <> 'matched'`)
          .where("day", ">", after).orderBy("day").limit(limit).execute();
        return found.map(({ day }) => day);
      },
    ),
    unmatched: query<object, Unmatched>(z.object({}), async (db, { tenant }) => {
      const count = async (status: "open" | "mismatched") =>
        (await db.selectFrom((from) =>
          from.selectFrom("dailyTotals").select("day").where("tenant", "=", tenant)
            .where(sql<boolean>`status <> 'matched'`).where("status", "=", status).limit(MOST_COUNTED).as("found")
        ).select(({ fn }) => fn.countAll<number>().as("totals")).executeTakeFirstOrThrow()).totals;
      return { open: await count("open"), mismatched: await count("mismatched") };
    }),
    mismatches: query<object, Mismatches>(z.object({}), async (db) => {
      const found = await db.selectFrom((from) =>
        from.selectFrom("dailyTotals").select(["tenant", "day"]).distinct()
          .where(sql<boolean>`status = 'mismatched'`).limit(MOST_COUNTED).as("found")
      ).select(({ fn }) => [fn.countAll<number>().as("days"), fn.count<number>("tenant").distinct().as("tenants")])
        .executeTakeFirstOrThrow();
      return { days: found.days, tenants: found.tenants };
    }),
    waiting: query(
      z.object({ limit: z.int() }),
      async (db, { tenant, limit }): Promise<number> =>
        (await db.selectFrom((from) =>
          from.selectFrom("messages").select("key").where("tenant", "=", tenant).where("kind", "=", "ledger-page")
            .limit(limit).as("waiting")
        ).select(({ fn }) => fn.countAll<number>().as("pages")).executeTakeFirstOrThrow()).pages,
    ),
  };
}

/** A page is read along one index; SQLite keeps no statistics by itself, so it is told which. */
async function transactions(
  db: Kysely<FinancialDatabase>,
  { tenant, day, account, after, limit }: TransactionsPage & { readonly tenant: string },
): Promise<readonly TransactionRow[]> {
  const index = day !== undefined ? "day" : account !== undefined ? "account" : "position";
  const wanted: RawBuilder<unknown>[] = [
    sql`tenant = ${tenant}`,
    ...(day === undefined ? [] : [sql`day = ${day}`]),
    ...(account === undefined ? [] : [sql`account = ${account}`]),
    ...(after === undefined ? [] : [sql`(position, id) > (${after.position}, ${after.id})`]),
  ];
  const from = sql.raw(
    engineOf(db) === "postgres" ? "transactions" : `transactions indexed by transactions_by_${index}`,
  );
  const { rows } = await sql<TransactionRow>`select * from ${from} where ${sql.join(wanted, sql` and `)}
    order by position, id limit ${limit}`.execute(db);
  return rows;
}
