import { type Context, type EventDraft, retryAfterMs, RetryLaterError } from "../authoring.ts";
import { orderEvent } from "./order_event.ts";
import type { OrderRow } from "./rows.ts";
import { placedOrder } from "./schemas.ts";
import { orderTables } from "./tables.ts";
import { cardOrders } from "./upstream.ts";

const { queries, writes } = orderTables;

/** The order itself cannot be fulfilled; another status is the upstream's trouble, or the installation's. */
const REFUSALS: readonly number[] = [400, 409, 410, 413, 422];

type End = Pick<OrderRow, "externalId" | "reason"> & { readonly status: "succeeded" | "failed" };

/**
 * Has the order fulfilled, once.
 *
 *   row: pending ──► submitted (committed) ──► the upstream, by the order's id ──► succeeded | failed (committed)
 *
 * Whenever the process dies, the row says whether the upstream may have been asked, and asking again is the same order to
 * it: its key is the order's own and not the message's, as there may be several messages. Of an order that has ended, or
 * that is not there, nothing happens.
 */
export async function* fulfil(requestId: string, ctx: Context): AsyncGenerator<void, void, void> {
  const order = await ctx.query(queries.order, { requestId });
  if (order === null || order.endedAt !== null) return;
  if (order.status === "pending") {
    ctx.write(writes.submitted, { requestId, at: ctx.now() });
    emit(ctx, orderEvent("submitted", { ...order, status: "submitted" }));
    yield;
  }
  const end = await place(order, ctx);
  ctx.signal.throwIfAborted();
  ctx.write(writes.ended, { requestId, ...end, at: ctx.now() });
  emit(ctx, orderEvent(end.status, { requestId, ...end }));
  const { status, externalId, reason } = end;
  ctx.log.info("order ended", { requestId, status, externalId, reason, attempt: ctx.attempt });
}

/** @throws when it is not known what became of it: it is asked again, by the same key */
async function place({ id, requestId, currency, products }: OrderRow, ctx: Context): Promise<End> {
  const answer = await ctx.fetch(cardOrders, "/orders", {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": id },
    body: JSON.stringify({ requestId: `${ctx.tenant}/${requestId}`, currency, products: JSON.parse(products) }),
  });
  const { status, ok, headers } = answer;
  if (ok) {
    const { orderId, status, reason } = answer.json(placedOrder);
    return {
      status,
      externalId: orderId,
      reason: status === "failed" ? reason ?? "The upstream gives no reason" : null,
    };
  }
  // What the upstream says beside its status may hold what nobody is to read.
  const message = `The card upstream answered ${status}`;
  if (REFUSALS.includes(status)) return { status: "failed", externalId: null, reason: message };
  ctx.log.warn("order not placed", { requestId, status, attempt: ctx.attempt });
  const delayMs = retryAfterMs(headers, ctx.now());
  throw delayMs === null ? new Error(message) : new RetryLaterError(message, { delayMs });
}

function emit(ctx: Context, { type, subject, data }: EventDraft): void {
  ctx.emit(type, JSON.parse(data), { subject });
}
