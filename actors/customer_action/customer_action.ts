import { z } from "zod";
import { batchEnded, defineActor } from "../authoring.ts";
import { creditApplicationJob } from "../credit_application/credit_application_job.ts";
import { customerTables } from "../customer/tables.ts";
import { emailJob } from "../email/email_job.ts";
import { beginAction } from "./begin_action.ts";
import { endAction, ending } from "./end_action.ts";
import { beginAction as begin } from "./schemas.ts";
import { actionTables } from "./tables.ts";

/**
 * Something that happened to customers; its key is the action's id. Every customer concerned gets a letter and a credit
 * application, once; when all of these have ended the action has. What it is and how far stands in its row.
 *
 *   running ──all children have ended──► completed | failed
 *      └────somebody wants no more─────► cancelled
 */
export const customerAction = defineActor({
  kind: "customer-action",
  state: z.object({}),
  initial: {},
  messages: { begin, ended: batchEnded },
  spawns: [emailJob, creditApplicationJob],
  tables: [actionTables, customerTables],
  // What fails is a commit that somebody's wish has overtaken, or the storage: given up, it would run for ever.
  retry: { maxAttempts: 1_000_000, baseMs: 200, maxMs: 30_000 },
  restarts: null,
  timeoutMs: 60_000,
  // Its messages come one after the other anyway, so nothing is to be read ahead.
  outer: true,
  addressable: false,
  ending,
  on: {
    begin: (_state, action, ctx) => beginAction(action, ctx),
    ended: (_state, ended, ctx) => endAction(ended, ctx),
  },
});
