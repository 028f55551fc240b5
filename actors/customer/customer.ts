import { defineActor } from "../authoring.ts";
import { projectionTables } from "../customer_projection/tables.ts";
import { carryOut } from "./carry_out.ts";
import { customerMessages, customerState } from "./messages.ts";
import { customerTables } from "./tables.ts";

/**
 * Whom a tenant sells to; its key is the customer's id. What is written of one customer are its messages, so that of two who
 * write at once one comes after the other; those who hand in thousands write their rows beside them, in commits of many.
 */
export const customer = defineActor({
  kind: "customer",
  state: customerState,
  initial: { results: [] },
  messages: customerMessages,
  tables: [customerTables, projectionTables],
  // What fails is a commit that somebody else's has overtaken, or the storage.
  retry: { maxAttempts: 12, baseMs: 10, maxMs: 1_000 },
  restarts: null,
  on: {
    create: (state, details, ctx) => carryOut(state, { does: "create", details }, ctx),
    update: (state, { ifTags, ...details }, ctx) => carryOut(state, { does: "update", details, ifTags }, ctx),
    remove: (state, { ifTags }, ctx) => carryOut(state, { does: "remove", ifTags }, ctx),
  },
});
