import type { z } from "zod";
import { type JobContext, LETTER_STATUS, type LetterAnswer, RetryLaterError, TerminalError } from "../authoring.ts";
import type { Letter } from "../authoring.ts";
import { mailServer } from "./mail_server.ts";
import { renderLetter } from "./render_letter.ts";
import type { emailPayload, emailResult } from "./schemas.ts";

/**
 * One attempt. A server that refuses for good (5yz) is not asked again; one that refuses for now (4yz) says for how long,
 * or is asked again after the job's backoff, which is what greylisting wants (RFC 6647, section 5).
 *
 * Whether a letter was taken cannot be known when the answer is lost, so it may arrive twice; then both bear the same
 * Message-ID, which is made of the effect's key.
 */
export async function sendLetter(
  payload: z.output<typeof emailPayload>,
  ctx: JobContext,
): Promise<z.output<typeof emailResult>> {
  const letter: Letter = {
    ...renderLetter(payload),
    id: ctx.effectKey("email").toLowerCase(),
    tenant: ctx.tenant,
    to: { name: payload.toName ?? ("template" in payload ? payload.data.name : ""), address: payload.to },
    at: ctx.now(),
  };
  const answer = await ctx.fetch(mailServer, "", { method: "POST", body: JSON.stringify(letter) });
  const { messageId, reply } = answer.json<LetterAnswer>();
  if (answer.ok) return { messageId, attempts: ctx.attempt };
  if (answer.status === LETTER_STATUS.refused) throw new TerminalError(`The mail server refused the letter: ${reply}`);
  const message = `The mail server does not take the letter now: ${reply}`;
  const seconds = Number(answer.headers["retry-after"] ?? 0);
  throw seconds > 0 ? new RetryLaterError(message, { delayMs: seconds * 1_000 }) : new Error(message);
}
