import type { z } from "zod";
import { type JobContext, retryAfterMs, RetryLaterError, TerminalError } from "../authoring.ts";
import type { webhookPayload, webhookResult } from "./schemas.ts";

/** "Somewhere between 15 and 30s" (Standard Webhooks 1.0.0, "Request timeouts"). */
const TIMEOUT_MS = 20_000;

/**
 * One attempt. What counts is said in Standard Webhooks 1.0.0, "Delivery success and failure": "considered successful if
 * it was responded to with a 2xx status code [...] and it is considered a failure in any other scenario"; 3xx is a failure,
 * "it's therefore recommended to update the webhook URL instead"; 410 means that the receiver wants no more; `Retry-After`
 * "should be taken into consideration".
 */
export async function deliver(
  { url, body, headers }: z.output<typeof webhookPayload>,
  ctx: JobContext,
): Promise<z.output<typeof webhookResult>> {
  const { status, ok, headers: answered } = await ctx.fetchUrl(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
    // The same in every attempt, so that the receiver can tell a repeat; new when a person retries the job.
    webhookId: ctx.effectKey("webhook"),
    redirect: "manual",
    timeoutMs: TIMEOUT_MS,
  });
  if (ok) return { status, attempts: ctx.attempt };
  if (status === 410) throw new TerminalError("The receiver answered 410: it wants no more webhooks at this address");
  const advice = status >= 300 && status < 400 ? "; redirects are not followed: give the new address" : "";
  const message = `The receiver answered ${status}${advice}`;
  const delayMs = retryAfterMs(answered, ctx.now());
  throw delayMs === null ? new Error(message) : new RetryLaterError(message, { delayMs });
}
