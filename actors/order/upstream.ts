import { defineUpstream, fromEnv } from "../authoring.ts";

/**
 * Where cards are ordered, of all tenants: `POST {base}/orders` with an `Idempotency-Key` is one order, however often it
 * comes. Its limit is shared by whatever calls it, on all nodes: what it asks to wait, all orders wait.
 */
export const cardOrders = defineUpstream({
  name: "card-orders",
  baseUrl: fromEnv("ORDERS_BASE_URL"),
  timeoutMs: 10_000,
  totalTimeoutMs: 30_000,
  // People wait for their cards.
  retry: { baseMs: 250 },
  breaker: { openMs: 5_000 },
});
