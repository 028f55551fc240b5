import {
  classOfFailure,
  type Context,
  type FetchAnswer,
  retryAfterMs,
  RuntimeError,
  waitSaidIn,
} from "../authoring.ts";
import type { Part } from "./rows.ts";
import { catalogBrands, catalogCategories } from "./upstreams.ts";

/** A refusal that does not say until when. */
const UNSAID_WAIT_MS = 60_000;
const QUOTED_CHARS = 200;

/** Why there is no answer to compare, and what kind of trouble that is, for alerts. */
export interface Failure {
  readonly reason: string;
  readonly errorClass: string;
}

export type Asked =
  | { readonly text: string }
  /** No call may be made before that; the limiter knows it, too. */
  | { readonly delayMs: number; readonly reason: string }
  | { readonly failure: Failure };

/** Asks for a part of the catalogue, once at most: limit, waits and breaker are the upstream's. */
export async function ask(ctx: Context, part: Part): Promise<Asked> {
  try {
    const answer = part === "brands"
      ? await ctx.fetch(catalogBrands, "/catalog")
      : await ctx.fetch(catalogCategories, "/categories");
    if (answer.ok) return { text: answer.text };
    const delayMs = waitSaid(answer, ctx.now());
    if (delayMs !== null) return { delayMs, reason: `The catalogue answered ${answer.status} and asked to wait` };
    const errorClass = answer.status >= 500 ? "server-error" : "client-error";
    return { failure: { reason: `The catalogue answered ${answer.status}`, errorClass } };
  } catch (thrown) {
    ctx.signal.throwIfAborted();
    if (!(thrown instanceof RuntimeError)) throw thrown;
    const { code, message, retryAfterMs: delayMs } = thrown;
    if (code === "upstream-limited" || code === "upstream-unavailable") {
      return { delayMs: delayMs ?? UNSAID_WAIT_MS, reason: message.slice(0, QUOTED_CHARS) };
    }
    if (code === "upstream-failed") return { failure: { reason: message, errorClass: classOfFailure(thrown) } };
    if (code === "invalid-config") return { failure: { reason: message, errorClass: "config" } };
    throw thrown;
  }
}

/** Null: it is no refusal of the kind that passes with time. */
function waitSaid({ status, headers, text }: FetchAnswer, now: number): number | null {
  if (status !== 429 && status !== 503) return null;
  const [inHeader, inText] = [retryAfterMs(headers, now), waitSaidIn(text)];
  if (inHeader === null && inText === null) return status === 429 ? UNSAID_WAIT_MS : null;
  return Math.max(inHeader ?? 0, inText ?? 0);
}
