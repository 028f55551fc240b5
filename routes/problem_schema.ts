import { z } from "@hono/zod-openapi";

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
}).openapi("Problem");

const content = { "application/problem+json": { schema: problem } };

/** The error answers that any route may give, for its part of the OpenAPI document. */
export const problems = {
  "4XX": { description: "The request cannot be granted; `detail` and `errors` say why", content },
  "5XX": { description: "The server cannot do it now; `Retry-After` says when to try again", content },
} as const;
