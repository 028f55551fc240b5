import { defineActor } from "../authoring.ts";
import { SWEEP, SWEEP_SCHEDULE, sweepMessages, sweepState } from "./sweep_messages.ts";
import { sweep } from "./sweep.ts";
import { orderTables } from "./tables.ts";

/** The safety net below all tenants' orders: every minute it looks for those whose fulfilment has got lost. */
export const orderSweep = defineActor({
  kind: "order-sweep",
  state: sweepState,
  initial: { after: null, last: null },
  messages: sweepMessages,
  tables: [orderTables],
  restarts: null,
  timeoutMs: 30_000,
  // It waits for reads.
  outer: true,
  addressable: false,
  schedules: [{
    name: SWEEP_SCHEDULE,
    timing: { everyMs: 60_000, env: "ORDERS_SWEEP_MS" },
    needs: ["ORDERS_BASE_URL"],
    key: SWEEP.key,
    message: "sweep",
    payload: {},
    catchUp: "latest",
  }],
  on: { sweep: (state, _payload, ctx) => sweep(state, ctx) },
});
