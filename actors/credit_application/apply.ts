import type { z } from "zod";
import { type JobContext, retryAfterMs, RetryLaterError, TerminalError } from "../authoring.ts";
import { creditBureau } from "./credit_bureau.ts";
import { bureauAnswer, type creditPayload, type creditResult } from "./schemas.ts";

type Application = z.output<typeof creditPayload>;
type Decided = z.output<typeof creditResult>;

/** One attempt. Where no credit is asked for there is nothing to wait for. */
export function applyForCredit(application: Application, ctx: JobContext): Decided | Promise<Decided> {
  const { request } = application;
  if (request === undefined) return { decision: "not-requested", reference: null };
  return askBureau({ ...application, request }, ctx);
}

/**
 * The bureau knows repeats by the key, which is the same in every attempt: whatever happens between its decision and ours,
 * it decides once. What it says of a person beside its decision is neither kept nor logged.
 */
async function askBureau(
  { actionId, customerId, request }: Application & { readonly request: NonNullable<Application["request"]> },
  ctx: JobContext,
): Promise<Decided> {
  const answer = await ctx.fetch(creditBureau, "/applications", {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": ctx.effectKey("credit-application") },
    body: JSON.stringify({ reference: `${actionId}/${customerId}`, ...request }),
  });
  const { status, ok, headers } = answer;
  if (ok) {
    const { decision, reference } = answer.json(bureauAnswer);
    ctx.log.info("credit application decided", { actionId, customerId, decision });
    return { decision, reference };
  }
  const message = `The credit bureau answered ${status}`;
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) throw new TerminalError(message);
  const delayMs = retryAfterMs(headers, ctx.now());
  throw delayMs === null ? new Error(message) : new RetryLaterError(message, { delayMs });
}
