import { defineJob } from "../authoring.ts";
import { deliver } from "./deliver.ts";
import { webhookPayload, webhookResult } from "./schemas.ts";

/**
 * Posts JSON to an address that a user gave, signed with WEBHOOK_SECRET after the Standard Webhooks specification. Without
 * a secret every such job fails at its first attempt: an unsigned webhook would teach receivers not to verify.
 */
export const webhookJob = defineJob({
  type: "webhook",
  payload: webhookPayload,
  result: webhookResult,
  userAddresses: true,
  timeoutMs: 30_000,
  retry: { maxAttempts: 8, baseMs: 5_000, maxMs: 3_600_000 },
  run: deliver,
});
