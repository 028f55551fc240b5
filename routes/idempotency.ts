import type { Idempotency } from "../runtime/mod.ts";
import { canonicalJson } from "./canonical_json.ts";
import { Refusal } from "./problem.ts";

const KEY = /^[\x21-\x7e]{1,200}$/;

/** What of a request decides whether it is a repeat. */
export interface Repeatable {
  /** The operation that the key belongs to, such as `POST /api/jobs`. */
  readonly scope: string;
  /** Everything that a repeat must have in common with the first. */
  readonly request: unknown;
}

/**
 * The `Idempotency-Key` of a request as the runtime keeps it, but for the answer; undefined without one.
 * @throws {Refusal} 400 when the key is not 1-200 printable ASCII characters without spaces
 */
export async function idempotencyOf(
  key: string | undefined,
  { scope, request }: Repeatable,
): Promise<Omit<Idempotency, "answer"> | undefined> {
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw new Refusal(400, "The Idempotency-Key must be 1-200 printable ASCII characters without spaces");
  }
  const bytes = new TextEncoder().encode(canonicalJson(request));
  return { scope, key, print: new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex() };
}

/** With what a repeat is to be answered; as an option of `tell`, where there is a key. */
export function answeredBy(
  repeat: Omit<Idempotency, "answer"> | undefined,
  answer: unknown,
): { readonly idempotency?: Idempotency } {
  return repeat === undefined ? {} : { idempotency: { ...repeat, answer: JSON.stringify(answer) } };
}
