import { z } from "zod";
import { defineActor } from "../authoring.ts";
import { fulfil } from "./fulfil.ts";
import { orderMessages } from "./messages.ts";
import { orderTables } from "./tables.ts";
import { cardOrders } from "./upstream.ts";

/**
 * An order of cards; its key is its `requestId`, and what it is and how far stands in its row. What fails is tried again for
 * half an hour or so, and by the sweep (order_sweep.ts) after that.
 */
export const order = defineActor({
  kind: "order",
  state: z.object({}),
  initial: {},
  messages: orderMessages,
  tables: [orderTables],
  upstreams: [cardOrders],
  retry: { maxAttempts: 60, baseMs: 1_000, maxMs: 60_000 },
  restarts: null,
  timeoutMs: 45_000,
  // An upstream that does not answer leaves room for other work.
  concurrency: { total: 64, perTenant: 32 },
  addressable: false,
  on: { orderCreated: (_state, { requestId }, ctx) => fulfil(requestId, ctx) },
});
