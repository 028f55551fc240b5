import type { ErrorCode } from "../core/errors.ts";

/** In a word, why a message was given up. */
export type Verdict = "threw" | "hung" | "out-of-memory" | "crashed" | "not-permitted" | "constraint" | "malformed";

/**
 * `threw`: the handler did, or asked for what cannot be; `hung`: it outlasted its deadline; `crashed`: it ended its worker
 * or process; `malformed`: its payload or result does not fit the schema; the others are the error's own.
 */
export function verdictOf({ code }: { readonly code: ErrorCode }): Verdict {
  return VERDICTS[code] ?? "threw";
}

const VERDICTS: Partial<Record<ErrorCode, Verdict>> = {
  "timed-out": "hung",
  "out-of-memory": "out-of-memory",
  "host-lost": "crashed",
  "not-permitted": "not-permitted",
  constraint: "constraint",
  "invalid-message": "malformed",
  unserializable: "malformed",
  "storage-newer": "malformed",
};
