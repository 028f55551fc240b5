import { z } from "@hono/zod-openapi";
import { type ErrorCode, type Verdict, verdictOf } from "../runtime/mod.ts";

/** A new verdict fails the type check until it stands here. */
const VERDICTS: Readonly<Record<Verdict, Verdict>> = {
  "threw": "threw",
  "hung": "hung",
  "out-of-memory": "out-of-memory",
  "crashed": "crashed",
  "not-permitted": "not-permitted",
  "constraint": "constraint",
  "malformed": "malformed",
};

export const verdictView = z.enum(VERDICTS).openapi({
  description:
    "In a word, why: the handler `threw`; it `hung` beyond its deadline; it ran `out-of-memory`; it `crashed` " +
    "its worker or process; it reached for what is `not-permitted`; the database refused what it wrote (`constraint`); " +
    "its payload or result is `malformed`",
  example: "threw",
});

/** An error without its stack. */
export const failureView = z.object({
  code: z.string().openapi({ description: "Kebab-case, for programs", example: "handler-failed" }),
  message: z.string().openapi({ description: "For people", example: "The file has no header" }),
  verdict: verdictView,
});

export type FailureView = z.infer<typeof failureView>;

/** Of an error as it is kept, with whatever else that says. */
export function failureOf<E extends { readonly code: string; readonly message: string }>(
  error: E,
): E & { verdict: Verdict } {
  return { ...error, verdict: verdictOf({ code: error.code as ErrorCode }) };
}
