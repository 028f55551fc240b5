import { createHash } from "node:crypto";
import type { RouteHandler } from "@hono/zod-openapi";
import { orderAt } from "../actors/order/messages.ts";
import { orderEvent } from "../actors/order/order_event.ts";
import type { OrderRow } from "../actors/order/rows.ts";
import { amountOf } from "../actors/order/schemas.ts";
import { orderTables } from "../actors/order/tables.ts";
import type { NewOrder } from "../actors/order/writes.ts";
import { type Deed, RuntimeError, type System } from "../runtime/mod.ts";
import { canonicalJson } from "./canonical_json.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { takeUndisturbed } from "./intake.ts";
import { mustTakeOrders, type OrderOrder, orderOrder, orderView, viewOfOrder } from "./orders_view.ts";
import { problems } from "./problem_schema.ts";

const PRINT_CHARS = 32;
const { name: tables, queries, writes } = orderTables;

export const acceptRoute = createRoute({
  method: "post",
  path: "/api/orders",
  access: "operator",
  operationId: "acceptOrder",
  tags: ["orders"],
  summary: "Order cards",
  description:
    "Accepted means on disk: from then on the card upstream is asked until it has answered, and fulfils the order once, " +
    "however often it is asked. The same `requestId` again is the same order; with other contents it is refused.",
  request: { body: { required: true, content: { "application/json": { schema: orderOrder } } } },
  responses: {
    200: {
      description: "The order, which was accepted before, as it is now",
      content: { "application/json": { schema: orderView } },
    },
    201: { description: "The order, accepted", content: { "application/json": { schema: orderView } } },
    ...problems,
  },
});

export function accept({ system, submissions, deedOf }: Deps): RouteHandler<typeof acceptRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    mustTakeOrders(system);
    const order = c.req.valid("json") as OrderOrder;
    const { requestId } = order;
    const how = { order, deed: deedOf(c, `order/${requestId}`), admit: () => submissions.take(tenant, 1) };
    const { row, isNew } = await takeUndisturbed(() => take(system, tenant, how));
    return c.json(viewOfOrder(row), isNew ? 201 : 200, { Location: `/api/orders/${requestId}` });
  };
}

/** The row, its message and its event in one commit; or the order that there is. */
async function take(
  system: System,
  tenant: string,
  { order, deed, admit }: {
    readonly order: OrderOrder;
    readonly deed: Deed;
    /** Of what is new: whether the tenant may hand in more. */
    readonly admit: () => void | Promise<void>;
  },
): Promise<{ readonly row: OrderRow; readonly isNew: boolean }> {
  const { requestId } = order;
  const print = createHash("sha256").update(canonicalJson(order)).digest("hex").slice(0, PRINT_CHARS);
  const known = await system.point(tenant, queries.order, { requestId });
  if (known !== null) {
    if (known.print === print) return { row: known, isNew: false };
    throw new RuntimeError("key-reused", `The requestId ${requestId} is that of another order: use a new one`);
  }
  await admit();
  const args: NewOrder = {
    ...{ requestId, id: system.createId(), print, currency: order.currency },
    products: JSON.stringify(order.products),
    amount: amountOf(order.products),
    createdBy: deed.by,
    createdAt: system.now(),
  };
  const created = { tables, write: writes.created.name, args: { ...args } };
  const first = { status: "pending", externalId: null, reason: null } as const;
  // Neither the sweep's message nor this one is added while the other waits.
  const command = {
    to: orderAt(tenant, requestId),
    message: "orderCreated",
    payload: { requestId },
    dedupeKey: args.id,
  };
  await system.tellAll([command], {
    deed: { by: deed.by, rows: [created, ...deed.rows] },
    events: [orderEvent("created", { requestId, ...first })],
  });
  return { row: { tenant, ...args, ...first, submittedAt: null, endedAt: null }, isNew: true };
}
