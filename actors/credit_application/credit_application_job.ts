import { defineJob } from "../authoring.ts";
import { applyForCredit } from "./apply.ts";
import { creditBureau } from "./credit_bureau.ts";
import { creditPayload, creditResult } from "./schemas.ts";

/** Has a credit bureau decide on one customer's application; where no credit is asked for that is decided at once. */
export const creditApplicationJob = defineJob({
  type: "credit-application",
  payload: creditPayload,
  result: creditResult,
  upstreams: [creditBureau],
  timeoutMs: 30_000,
  retry: { maxAttempts: 8, baseMs: 1_000, maxMs: 60_000 },
  run: applyForCredit,
});
