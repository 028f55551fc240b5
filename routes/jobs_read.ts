import { type RouteHandler, z } from "@hono/zod-openapi";
import type { AttemptRow } from "../actors/job/rows.ts";
import { jobTables } from "../actors/job/tables.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { failureOf, failureView } from "./failure_view.ts";
import { iso } from "./instant.ts";
import { jobOf, jobParams } from "./job_address.ts";
import { type JobView, jobView, viewText } from "./job_view.ts";
import { jsonText } from "./json_text.ts";
import { problems } from "./problem_schema.ts";

export const getRoute = createRoute({
  method: "get",
  path: "/api/jobs/{id}",
  access: "viewer",
  operationId: "getJob",
  tags: ["jobs"],
  summary: "One job",
  request: { params: jobParams },
  responses: { 200: { description: "The job", content: { "application/json": { schema: jobView } } }, ...problems },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    const row = await jobOf(system, c.get("tenant"), c.req.valid("param").id);
    return jsonText<JobView>(c, viewText(system, row));
  };
}

const attemptView = z.object({
  run: z.number().int().openapi({ description: "Of the job; 1 for the first" }),
  attempt: z.number().int().openapi({ description: "Of the run; 1 for the first" }),
  startedAt: z.iso.datetime().openapi({ description: "When its handler began" }),
  finishedAt: z.iso.datetime().openapi({ description: "When that ended" }),
  outcome: z.enum(["succeeded", "failed", "cancelled", "snoozed"]).openapi({
    description: "`snoozed`: it put itself off, at no cost",
  }),
  error: failureView.extend({ stack: z.string().optional() }).nullable().openapi({
    description: "Why it did not succeed",
  }),
  lines: z.array(z.object({
    at: z.iso.datetime(),
    level: z.string(),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).optional(),
  })).openapi({ description: "What it logged, oldest first; at most 200 lines" }),
}).openapi("Attempt");

type AttemptView = z.infer<typeof attemptView>;

export const logsRoute = createRoute({
  method: "get",
  path: "/api/jobs/{id}/logs",
  access: "viewer",
  operationId: "getJobLogs",
  tags: ["jobs"],
  summary: "What happened in each attempt, oldest first",
  request: { params: jobParams },
  responses: {
    200: {
      description: "One row for each execution that has ended",
      content: { "application/json": { schema: z.object({ items: z.array(attemptView), nextCursor: z.null() }) } },
    },
    ...problems,
  },
});

export function logs({ system }: Deps): RouteHandler<typeof logsRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = await jobOf(system, tenant, c.req.valid("param").id);
    const attempts = await system.query(tenant, jobTables.queries.attempts, { id });
    return c.json({ items: attempts.map(attemptViewOf), nextCursor: null }, 200);
  };
}

function attemptViewOf({ run, attempt, startedAt, finishedAt, outcome, error, lines }: AttemptRow): AttemptView {
  return {
    run,
    attempt,
    startedAt: iso(startedAt),
    finishedAt: iso(finishedAt),
    outcome,
    error: error === null ? null : failureOf(JSON.parse(error)) as AttemptView["error"],
    lines: JSON.parse(lines) as AttemptView["lines"],
  };
}
