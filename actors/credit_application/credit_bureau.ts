import { defineUpstream, fromEnv } from "../authoring.ts";

/** Decides on credit: `POST {base}/applications` with an `Idempotency-Key` is one application, however often it comes. */
export const creditBureau = defineUpstream({
  name: "credit-bureau",
  baseUrl: fromEnv("CREDIT_BUREAU_BASE_URL"),
  timeoutMs: 10_000,
  totalTimeoutMs: 25_000,
});
