import { z } from "@hono/zod-openapi";
import type { FailedJobRow } from "../actors/job/rows.ts";
import type { DeadLetter } from "../runtime/mod.ts";
import { failureOf, verdictView } from "./failure_view.ts";
import { ULID } from "./job_address.ts";
import { iso } from "./instant.ts";

const EXAMPLE = "01JD9ZK5T3M6X8QV2N4B7C1RSW";

/** The `{id}` of a dead letter's path; one that is no ULID answers 404 like any other unknown one. */
export const deadLetterParams = z.object({
  id: z.string().regex(ULID).openapi({ description: "Of the message, or of the failed job", example: EXAMPLE }),
});

/** A dead letter as it reads on the wire, whether it is a message or a failed job. */
export const deadLetterView = z.object({
  id: z.string().openapi({ description: "Of the message, or of the job", example: EXAMPLE }),
  source: z.enum(["message", "job"]).openapi({ description: "A failed job is its own dead letter" }),
  kind: z.string().openapi({ description: "Of the actor; of a job its type", example: "counter" }),
  key: z.string().openapi({ description: "Of the actor; of a job its id", example: "main" }),
  name: z.string().openapi({ description: "Of the message; `run` for a job", example: "add" }),
  payload: z.unknown().openapi({ description: "As it was sent" }),
  attempts: z.number().int().openapi({ description: "How often it was tried" }),
  crashes: z.number().int().openapi({ description: "How often its handling hung or took its process down" }),
  error: z.object({ code: z.string(), message: z.string() }).openapi({ description: "Of the last attempt" }),
  stack: z.string().nullable().openapi({ description: "Where in the code, as far as it is known" }),
  verdict: verdictView,
  enqueuedAt: z.iso.datetime().openapi({ description: "When it was sent" }),
  diedAt: z.iso.datetime().openapi({ description: "When it was given up" }),
  by: z.string().openapi({ description: "Who sent it: a person, or an actor as `tenant/kind/key`" }),
}).openapi("DeadLetter");

export type DeadLetterView = z.infer<typeof deadLetterView>;

/** A dead letter of either source, and its place in the one order of both. */
export interface Placed {
  readonly diedAt: number;
  readonly view: DeadLetterView;
}

export function ofMessage(letter: DeadLetter): Placed {
  const { id, kind, key, name, payload, attempts, crashes, error, enqueuedAt, diedAt, by } = letter;
  return place({ source: "message", id, kind, key, name, payload, attempts, crashes, error, enqueuedAt, diedAt, by });
}

export function ofJob(row: FailedJobRow): Placed {
  const { id, type, payload, attempts, crashes, error, lastAttempt, createdAt, finishedAt, createdBy } = row;
  return place({
    source: "job",
    id,
    kind: type,
    key: id,
    name: "run",
    payload,
    attempts,
    crashes,
    error: JSON.parse(lastAttempt ?? error),
    enqueuedAt: createdAt,
    diedAt: finishedAt,
    by: createdBy,
  });
}

type Letter =
  & Pick<DeadLetter, "id" | "kind" | "key" | "name" | "payload" | "attempts" | "crashes" | "error">
  & Pick<DeadLetter, "enqueuedAt" | "diedAt" | "by">
  & { readonly source: DeadLetterView["source"] };

function place({ payload, error, enqueuedAt, diedAt, ...letter }: Letter): Placed {
  const { code, message, verdict } = failureOf(error);
  const view = {
    ...letter,
    payload: JSON.parse(payload),
    error: { code, message },
    stack: error.stack ?? null,
    verdict,
    enqueuedAt: iso(enqueuedAt),
    diedAt: iso(diedAt),
  };
  return { diedAt, view };
}

/** Newest first; of the same instant by id. */
export function newestFirst(one: Placed, other: Placed): number {
  return other.diedAt - one.diedAt || (one.view.id < other.view.id ? 1 : -1);
}
