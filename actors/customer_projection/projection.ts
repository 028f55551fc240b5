import { z } from "zod";
import { defineActor } from "../authoring.ts";
import { customerTables } from "../customer/tables.ts";
import { projectionMessages } from "./messages.ts";
import { project } from "./project.ts";
import { projectionTables } from "./tables.ts";

/**
 * Works out, after whoever has changed a customer has been answered, what follows from it: whether letters will reach the
 * address, by what the customer is found, and the answer that readers are given.
 */
export const customerProjection = defineActor({
  kind: "customer-projection",
  state: z.object({}),
  initial: {},
  messages: projectionMessages,
  tables: [customerTables, projectionTables],
  retry: { maxAttempts: 20, baseMs: 20, maxMs: 30_000 },
  restarts: null,
  // Nobody waits for it.
  priority: -10,
  addressable: false,
  on: { project: (_state, { ids }, ctx) => project(ids, ctx) },
});
