import { defineActor } from "../authoring.ts";
import { CATALOG_TENANT, catalogAt, catalogMessages, catalogState, onceFor, PARTS } from "./messages.ts";
import { sync } from "./sync.ts";
import { catalogTables } from "./tables.ts";
import { catalogBrands, catalogCategories } from "./upstreams.ts";

const EVERY_MS = 30 * 60_000;

/**
 * Keeps the card catalogue in step, for all tenants: its actors are those of the tenant `system`, whose credentials are the
 * installation's. `main` begins a cycle, `categories` and `brands` each read their part.
 */
export const catalog = defineActor({
  kind: "catalog",
  state: catalogState,
  initial: { telling: null },
  messages: catalogMessages,
  tables: [catalogTables],
  upstreams: [catalogCategories, catalogBrands],
  timeoutMs: 3 * 60_000,
  restarts: null,
  addressable: false,
  schedules: [{
    name: "catalog",
    timing: { everyMs: EVERY_MS, env: "CATALOG_EVERY_MS" },
    needs: ["CATALOG_BASE_URL_V1", "CATALOG_BASE_URL_V2"],
    key: "main",
    message: "cycle",
    payload: {},
    catchUp: "latest",
  }],
  on: {
    cycle(_state, _payload, ctx) {
      if (ctx.tenant !== CATALOG_TENANT) return;
      for (const part of PARTS) ctx.tell(catalogAt(part), "sync", {}, onceFor(part));
    },
    sync: (state, _payload, ctx) => sync(state, ctx),
  },
});
