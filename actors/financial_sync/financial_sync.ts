import { defineActor } from "../authoring.ts";
import { ledgerPage } from "./ledger_page.ts";
import { initialSync, syncMessages, syncState } from "./messages.ts";
import { reconcile } from "./reconcile.ts";
import { sync } from "./sync.ts";
import { financialTables } from "./tables.ts";
import { ledger } from "./upstream.ts";

/** Keeps a tenant's transactions as the ledger has them; its key is `main`. What fails is tried again: see fail.ts. */
export const financialSync = defineActor({
  kind: "financial-sync",
  state: syncState,
  initial: initialSync,
  messages: syncMessages,
  tables: [financialTables],
  upstreams: [ledger],
  spawns: [ledgerPage],
  restarts: null,
  timeoutMs: 60_000,
  // Ledgers that do not answer leave room for other work.
  concurrency: { total: 8, perTenant: 1 },
  addressable: false,
  on: {
    sync: (state, payload, ctx) => sync(state, payload, ctx),
    pagesEnded: (state, _ended, ctx) => reconcile(state, ctx),
    reconcile: (state, _payload, ctx) => reconcile(state, ctx),
  },
});
