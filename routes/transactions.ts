import { type RouteHandler, z } from "@hono/zod-openapi";
import type { DailyTotalRow, TransactionRow } from "../actors/financial_sync/rows.ts";
import { financialTables } from "../actors/financial_sync/tables.ts";
import { createRoute } from "./access/create_route.ts";
import { foreignCursor, readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { mustSyncFinances } from "./financial_sync_view.ts";
import { iso } from "./instant.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^transaction\/\d{1,16}\/[A-Za-z0-9._:/-]{1,100}$/;
const TOTAL_PLACE = /^total\/\d{4}-\d\d-\d\d\/[A-Z]{3}$/;
const { queries } = financialTables;

const day = z.iso.date().openapi({ description: "In UTC", example: "2026-01-05" });
const amount = z.number().int().openapi({ description: "In minor units; credits are negative", example: -1250 });
const currency = z.string().openapi({ description: "ISO 4217", example: "EUR" });

const transactionView = z.object({
  id: z.string().openapi({ description: "As the ledger has it" }),
  position: z.number().int().openapi({ description: "Its place in the ledger" }),
  account: z.string().openapi({ description: "Where it is booked", example: "4000-wash" }),
  amount,
  currency,
  bookedAt: z.iso.datetime().openapi({ description: "When it was booked" }),
  day: z.string().openapi({ description: "Of that, in UTC; of the daily total that it is part of" }),
}).openapi("Transaction");

export const listRoute = createRoute({
  method: "get",
  path: "/api/transactions",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listTransactions",
  tags: ["financial sync"],
  summary: "What was taken over from the ledger, in its order",
  request: {
    query: z.strictObject({
      ...paging,
      day: day.optional(),
      account: z.string().max(100).optional().openapi({ description: "Of this account only", example: "4000-wash" }),
    }),
  },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(transactionView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor, day, account } = c.req.valid("query");
    mustSyncFinances(system);
    const after = cursor === undefined ? undefined : placeIn(cursor);
    const rows = await system.query(c.var.tenant, queries.transactions, { day, account, after, limit: limit + 1 });
    const placeOf = ({ position, id }: TransactionRow) => `transaction/${position}/${id}`;
    return c.json(pageOf(rows, { limit, view: viewOf, placeOf }), 200);
  };
}

const totalView = z.object({
  day: z.string().openapi({ description: "In UTC", example: "2026-01-05" }),
  currency,
  entries: z.number().int().openapi({ description: "How many transactions" }),
  amount,
  status: z.enum(["open", "matched", "mismatched"]).openapi({
    description: "`open`: not compared with the ledger since it changed; `mismatched`: the ledger says otherwise",
  }),
  controlEntries: z.number().int().nullable().openapi({ description: "What the ledger said; null: not asked yet" }),
  controlAmount: z.number().int().nullable().openapi({ description: "The same of the amount" }),
  checkedAt: z.iso.datetime().nullable().openapi({ description: "When it was asked last" }),
}).openapi("DailyTotal");

export const totalsRoute = createRoute({
  method: "get",
  path: "/api/transactions/totals",
  access: "viewer",
  dedupe: { windowMs: 1_000 },
  operationId: "listDailyTotals",
  tags: ["financial sync"],
  summary: "What the transactions of each day come to, and whether the ledger says the same; the latest day first",
  request: {
    query: z.strictObject({
      ...paging,
      status: z.enum(["open", "matched", "mismatched"]).optional().openapi({ description: "Of this status only" }),
    }),
  },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(totalView) } },
    },
    ...problems,
  },
});

export function totals({ system }: Deps): RouteHandler<typeof totalsRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor, status } = c.req.valid("query");
    mustSyncFinances(system);
    const [, day, currency] = cursor === undefined ? [] : readCursor(cursor, TOTAL_PLACE).split("/");
    const after = day === undefined ? undefined : { day, currency: currency! };
    const rows = await system.query(c.var.tenant, queries.totals, { status, after, limit: limit + 1 });
    const placeOf = ({ day, currency }: DailyTotalRow) => `total/${day}/${currency}`;
    return c.json(pageOf(rows, { limit, view: viewOfTotal, placeOf }), 200);
  };
}

function viewOf({ id, position, account, amount, currency, bookedAt, day }: TransactionRow) {
  return { id, position, account, amount, currency, bookedAt: iso(bookedAt), day };
}

function viewOfTotal(row: DailyTotalRow) {
  const { day, currency, entries, amount, status, controlEntries, controlAmount, checkedAt } = row;
  const at = checkedAt === null ? null : iso(checkedAt);
  return { day, currency, entries, amount, status, controlEntries, controlAmount, checkedAt: at };
}

function placeIn(cursor: string): { readonly position: number; readonly id: string } {
  const place = readCursor(cursor, PLACE).slice("transaction/".length);
  const end = place.indexOf("/");
  const position = Number(place.slice(0, end));
  if (!Number.isSafeInteger(position)) throw foreignCursor();
  return { position, id: place.slice(end + 1) };
}
