import { z } from "@hono/zod-openapi";
import { RuntimeError } from "../runtime/mod.ts";

export const KIND: RegExp = /^[a-z][a-z0-9-]{0,99}$/;
export const KEY: RegExp = /^[A-Za-z0-9._~:@+-]{1,200}$/;

export const kindParam = z.string().regex(KIND).openapi({
  description: "Of actors, or a job type",
  example: "counter",
});

/** The `{kind}/{key}` of an actor's path; what cannot be one answers 404 like any other unknown actor. */
export const actorParams = z.object({
  kind: kindParam,
  key: z.string().regex(KEY).openapi({ description: "Which of its kind", example: "main" }),
});

/** The same for an actor that never was, for another tenant's and for a kind that is not known. */
export function noActor(): RuntimeError {
  return new RuntimeError("not-found", "There is no such actor");
}
