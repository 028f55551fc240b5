import { z } from "zod";
import type { Ref } from "../../runtime/authoring.ts";

/**
 * The contract between whoever has an order to be fulfilled and its actor: an order of this tenant with this `requestId` is
 * in the table. It may be sent any number of times, at any time, by anybody: the order is fulfilled once.
 */
export const orderCreated = z.strictObject({ requestId: z.string().min(1).max(100) });

export type OrderCreated = z.output<typeof orderCreated>;

/** To an order. */
export const orderMessages = { orderCreated };

/** Each order has an actor of its own; it is where its {@linkcode OrderCreated} goes. */
export function orderAt(tenant: string, requestId: string): Ref<typeof orderMessages> {
  return { tenant, kind: "order", key: requestId };
}
