import { type RouteHandler, z } from "@hono/zod-openapi";
import { jobTables } from "../actors/job/tables.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";
import { mustFindTenant, tenantParams } from "./tenant_view.ts";

/** Finished jobs, and files, that are counted. */
const MOST_COUNTED = 1_000_000;

const limit = z.number().int().openapi({ description: "How much it may" });
const used = z.number().int().openapi({ description: "How much it has now" });
const orNone = limit.nullable().openapi({ description: "How much it may; null: as much as there is room for" });

const usageView = z.object({
  pending: z.object({ used, limit }).openapi({ description: "Unhandled messages" }),
  running: z.object({ used, limit: orNone }).openapi({ description: "Actors that run at the node that answers" }),
  submissions: z.object({ used, limit: orNone }).openapi({
    description: "Jobs and messages handed in at the node that answers, as far as they still count within the minute",
  }),
  events: z.object({ used, limit }).openapi({ description: "In its log; what is more is removed within seconds" }),
  jobs: z.object({ used, limit: orNone }).openapi({
    description: "Finished jobs that are kept, of which a million are counted; they go when `jobsKeptDays` are over",
  }),
  bytes: z.object({ used, limit: orNone }).openapi({ description: "Of its files, uploaded and made" }),
}).openapi("TenantUsage");

export const usageRoute = createRoute({
  method: "get",
  path: "/api/tenants/{id}/usage",
  access: "platform",
  operationId: "getTenantUsage",
  tags: ["tenants"],
  summary: "What a registered tenant uses, beside what it may",
  request: { params: tenantParams },
  responses: {
    200: { description: "As it is now", content: { "application/json": { schema: usageView } } },
    ...problems,
  },
});

export function usage({ system, submissions }: Deps): RouteHandler<typeof usageRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    await mustFindTenant(system, id);
    const handedIn = submissions.used(id);
    const stored = await system.query(id, jobTables.queries.stored, { most: MOST_COUNTED });
    return c.json({
      ...await system.tenants.usage(id),
      jobs: { used: stored.jobs, limit: null },
      bytes: { used: stored.bytes, limit: null },
      submissions: { used: handedIn?.used ?? 0, limit: handedIn?.quota ?? null },
    }, 200);
  };
}
