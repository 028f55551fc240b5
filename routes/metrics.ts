import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";

/** For `platform` alone: the counters are those of all tenants together. */
export const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  access: "platform",
  operationId: "getMetrics",
  tags: ["operations"],
  summary: "Counters and gauges for Prometheus",
  responses: {
    200: { description: "The text format", content: { "text/plain": { schema: z.string() } } },
    ...problems,
  },
});

export function metrics({ metrics }: Deps): RouteHandler<typeof metricsRoute, AppEnv> {
  return async (c) => c.text(await metrics.text(), 200, { "Content-Type": metrics.contentType });
}
