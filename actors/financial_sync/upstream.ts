import { defineUpstream, fromEnv } from "../authoring.ts";

/**
 * Where entries are booked, of all tenants: `GET /entries?tenant=&after=&limit=` (and `&day=`) and
 * `GET /control-totals?tenant=&day=&through=`. The tenant is always that of the actor that asks.
 */
export const ledger = defineUpstream({
  name: "ledger",
  baseUrl: fromEnv("LEDGER_BASE_URL"),
  timeoutMs: 10_000,
  totalTimeoutMs: 20_000,
});
