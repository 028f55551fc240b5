import { z } from "@hono/zod-openapi";
import { ORDER_STATUSES, type OrderRow } from "../actors/order/rows.ts";
import { orderCurrency, orderedProducts, requestId } from "../actors/order/schemas.ts";
import { orderTables } from "../actors/order/tables.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

const EXAMPLE = "r-2026-0001";
const PRODUCTS = [{ productId: 114_111, quantity: 2, value: 2_500 }];
const instant = z.iso.datetime();

/** The `{requestId}` of a path; one that cannot be one answers 404 like any other unknown one. */
export const orderParams = z.object({
  requestId: requestId.clone().openapi({ description: "Of the order", example: EXAMPLE }),
});

/** What `POST /api/orders` takes. */
export const orderOrder = z.strictObject({
  requestId: requestId.clone().openapi({
    description: "Yours, by which the order is known: the same again is the same order",
    example: EXAMPLE,
  }),
  currency: orderCurrency.clone().openapi({ description: "ISO 4217", example: "EUR" }),
  products: orderedProducts.clone().openapi({
    description: "Which cards, how many of each, and what each is worth in the currency's smallest unit",
    example: PRODUCTS,
  }),
}).openapi("CardOrder");

export type OrderOrder = z.output<typeof orderOrder>;

/** An order as it reads on the wire. */
export const orderView = z.object({
  requestId: z.string().openapi({ description: "Unique in the tenant", example: EXAMPLE }),
  status: z.enum(ORDER_STATUSES).openapi({
    description: "`submitted`: the card upstream is asked, or was and has not answered",
  }),
  currency: z.string().openapi({ description: "ISO 4217", example: "EUR" }),
  amount: z.number().int().openapi({ description: "What the products come to, in the smallest unit", example: 5_000 }),
  products: z.array(z.object({
    productId: z.number().int().openapi({ description: "As the card catalogue has it" }),
    quantity: z.number().int().openapi({ description: "How many cards" }),
    value: z.number().int().openapi({ description: "Of one card, in the smallest unit" }),
  })).openapi({ description: "Which cards were ordered" }),
  externalId: z.string().nullable().openapi({ description: "The upstream's; null before its answer" }),
  reason: z.string().nullable().openapi({ description: "Why it failed" }),
  createdBy: z.string().openapi({ description: "Who ordered" }),
  createdAt: instant.openapi({ description: "When it was accepted" }),
  submittedAt: instant.nullable().openapi({ description: "When the upstream was first about to be asked" }),
  endedAt: instant.nullable().openapi({ description: "When it had succeeded or failed" }),
}).openapi("Order");

export type OrderView = z.infer<typeof orderView>;

/** @throws {RuntimeError} `not-found` where the installation has no such kind */
export function mustTakeOrders({ registry }: Pick<System, "registry">): void {
  if (!registry.kinds.has("order")) throw new RuntimeError("not-found", "This installation takes no orders");
}

/** The same for an order that never was and for another tenant's. @throws {RuntimeError} `not-found` */
export async function orderOf(system: System, tenant: string, requestId: string): Promise<OrderRow> {
  mustTakeOrders(system);
  const row = await system.point(tenant, orderTables.queries.order, { requestId });
  if (row === null) throw new RuntimeError("not-found", "There is no such order");
  return row;
}

export function viewOfOrder(row: OrderRow): OrderView {
  const { requestId, status, currency, amount, products, externalId, reason, createdBy } = row;
  return {
    ...{ requestId, status, currency, amount, products: JSON.parse(products), externalId, reason, createdBy },
    createdAt: iso(row.createdAt),
    submittedAt: isoOrNull(row.submittedAt),
    endedAt: isoOrNull(row.endedAt),
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
