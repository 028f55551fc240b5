import { z } from "@hono/zod-openapi";

const problem = z.object({
  type: z.string().openapi({ description: "What kind of refusal, as a URI", example: "urn:mailroom:problem:conflict" }),
  title: z.string().openapi({ description: "The status in words" }),
  status: z.number().int().openapi({ description: "The same as of the answer" }),
  detail: z.string().openapi({ description: "What, why, and what to do" }),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional().openapi({
    description: "What is wrong where: a JSON pointer into the body, or `/` and a query parameter",
  }),
  confirm: z.string().optional().openapi({
    description: "What the request must say as `?confirm=` to be granted: that it is meant",
  }),
}).openapi("Problem");

export const problemContent = { "application/problem+json": { schema: problem } };

/** The error answers that any route may give, for its part of the OpenAPI document. */
export const problems = {
  "4XX": { description: "The request cannot be granted; `detail` and `errors` say why", content: problemContent },
  "5XX": { description: "The server cannot do it now; `Retry-After` says when to try again", content: problemContent },
} as const;
